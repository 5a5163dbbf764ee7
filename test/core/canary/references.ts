/**
 * Reference values of others. The samples are those of R's own documentation and data sets; the numbers are what R 4.2.2
 * answers to `wilcox.test(canary, baseline, conf.int = TRUE, exact = FALSE, correct = TRUE, conf.level = confidence,
 * tol.root = 1e-12)`, rounded to nine decimals, and `median(outer(canary, baseline, "-"))` for the shift.
 */
export interface Reference {
  readonly name: string;
  readonly baseline: readonly number[];
  readonly canary: readonly number[];
  readonly confidence: number;
  readonly u: number;
  readonly pValue: number;
  readonly interval: readonly [number, number];
  readonly shift: number;
}

export const references: readonly Reference[] = [
  {
    name: 'Hollander and Wolfe, permeability of membranes (?wilcox.test)',
    baseline: [1.15, 0.88, 0.9, 0.74, 1.21],
    canary: [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
    confidence: 0.95,
    u: 35,
    pValue: 0.244623605126983,
    interval: [-0.15, 0.76],
    shift: 0.305,
  },
  {
    name: 'airquality, ozone of May and August (?wilcox.test)',
    baseline: [
      39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76,
      118, 84, 85,
    ],
    canary: [
      41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45,
      115, 37,
    ],
    confidence: 0.95,
    u: 127.5,
    pValue: 0.000120807830768774,
    interval: [-53, -15],
    shift: -32,
  },
  {
    name: 'airquality, ozone of June and September',
    baseline: [29, 71, 39, 23, 21, 37, 20, 12, 13],
    canary: [
      96, 78, 73, 91, 47, 32, 20, 23, 21, 24, 44, 21, 28, 9, 13, 46, 18, 13, 24, 16, 13, 23, 36, 7,
      14, 30, 14, 18, 20,
    ],
    confidence: 0.98,
    u: 128.5,
    pValue: 0.958868767381764,
    interval: [-15, 13],
    shift: 0,
  },
  {
    name: 'mtcars, miles per gallon, automatic and manual',
    baseline: [
      21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4, 14.7, 21.5,
      15.5, 15.2, 13.3, 19.2,
    ],
    canary: [21, 21, 22.8, 32.4, 30.4, 33.9, 27.3, 26, 30.4, 15.8, 19.7, 15, 21.4],
    confidence: 0.98,
    u: 205,
    pValue: 0.00187139133317856,
    interval: [1.9, 12.4],
    shift: 6.8,
  },
  {
    name: 'iris, sepal length of setosa and versicolor',
    baseline: [
      5.1, 4.9, 4.7, 4.6, 5, 5.4, 4.6, 5, 4.4, 4.9, 5.4, 4.8, 4.8, 4.3, 5.8, 5.7, 5.4, 5.1, 5.7,
      5.1, 5.4, 5.1, 4.6, 5.1, 4.8, 5, 5, 5.2, 5.2, 4.7, 4.8, 5.4, 5.2, 5.5, 4.9, 5, 5.5, 4.9, 4.4,
      5.1, 5, 4.5, 4.4, 5, 5.1, 4.8, 5.1, 4.6, 5.3, 5,
    ],
    canary: [
      7, 6.4, 6.9, 5.5, 6.5, 5.7, 6.3, 4.9, 6.6, 5.2, 5, 5.9, 6, 6.1, 5.6, 6.7, 5.6, 5.8, 6.2, 5.6,
      5.9, 6.1, 6.3, 6.1, 6.4, 6.6, 6.8, 6.7, 6, 5.7, 5.5, 5.5, 5.8, 6, 5.4, 6, 6.7, 6.3, 5.6, 5.5,
      5.5, 6.1, 5.8, 5, 5.6, 5.7, 5.7, 6.2, 5.1, 5.7,
    ],
    confidence: 0.99,
    u: 2331.5,
    pValue: 8.34582714594074e-14,
    interval: [0.7, 1.2],
    shift: 0.9,
  },
  {
    name: 'iris, petal width of versicolor and virginica',
    baseline: [
      1.4, 1.5, 1.5, 1.3, 1.5, 1.3, 1.6, 1, 1.3, 1.4, 1, 1.5, 1, 1.4, 1.3, 1.4, 1.5, 1, 1.5, 1.1,
      1.8, 1.3, 1.5, 1.2, 1.3, 1.4, 1.4, 1.7, 1.5, 1, 1.1, 1, 1.2, 1.6, 1.5, 1.6, 1.5, 1.3, 1.3,
      1.3, 1.2, 1.4, 1.2, 1, 1.3, 1.2, 1.3, 1.3, 1.1, 1.3,
    ],
    canary: [
      2.5, 1.9, 2.1, 1.8, 2.2, 2.1, 1.7, 1.8, 1.8, 2.5, 2, 1.9, 2.1, 2, 2.4, 2.3, 1.8, 2.2, 2.3,
      1.5, 2.3, 2, 2, 1.8, 2.1, 1.8, 1.8, 1.8, 2.1, 1.6, 1.9, 2, 2.2, 1.5, 1.4, 2.3, 2.4, 1.8, 1.8,
      2.1, 2.4, 2.3, 1.9, 2.3, 2.5, 2.3, 1.9, 2, 2.3, 1.8,
    ],
    confidence: 0.9,
    u: 2451,
    pValue: 9.6980454449142e-17,
    interval: [0.6, 0.8],
    shift: 0.7,
  },
  {
    name: 'InsectSprays, counts of A and B',
    baseline: [10, 7, 20, 14, 14, 12, 10, 23, 17, 20, 14, 13],
    canary: [11, 17, 21, 11, 16, 14, 17, 17, 19, 21, 7, 13],
    confidence: 0.98,
    u: 82,
    pValue: 0.581215988374173,
    interval: [-3, 6],
    shift: 1,
  },
  {
    name: 'InsectSprays, counts of F and C',
    baseline: [11, 9, 15, 22, 15, 16, 13, 10, 26, 26, 24, 13],
    canary: [0, 1, 7, 2, 3, 1, 2, 1, 3, 0, 1, 4],
    confidence: 0.98,
    u: 0,
    pValue: 3.43558011806278e-5,
    interval: [-22, -9],
    shift: -13,
  },
  {
    name: 'ToothGrowth, orange juice and ascorbic acid',
    baseline: [
      15.2, 21.5, 17.6, 9.7, 14.5, 10, 8.2, 9.4, 16.5, 9.7, 19.7, 23.3, 23.6, 26.4, 20, 25.2, 25.8,
      21.2, 14.5, 27.3, 25.5, 26.4, 22.4, 24.5, 24.8, 30.9, 26.4, 27.3, 29.4, 23,
    ],
    canary: [
      4.2, 11.5, 7.3, 5.8, 6.4, 10, 11.2, 11.2, 5.2, 7, 16.5, 16.5, 15.2, 17.3, 22.5, 17.3, 13.6,
      14.5, 18.8, 15.5, 23.6, 18.5, 33.9, 25.5, 26.4, 32.5, 26.7, 21.5, 23.3, 29.5,
    ],
    confidence: 0.95,
    u: 324.5,
    pValue: 0.0644906721338357,
    interval: [-8.5, 0.1],
    shift: -4,
  },
  {
    name: 'PlantGrowth, control and treatment 2',
    baseline: [4.17, 5.58, 5.18, 6.11, 4.5, 4.61, 5.17, 4.53, 5.33, 5.14],
    canary: [6.31, 5.12, 5.54, 5.5, 5.37, 5.29, 4.92, 6.15, 5.8, 5.26],
    confidence: 0.98,
    u: 75,
    pValue: 0.0640221012830269,
    interval: [-0.08, 1.12],
    shift: 0.49,
  },
  {
    name: 'sleep, hours gained by two drugs',
    baseline: [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2],
    canary: [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
    confidence: 0.8,
    u: 74.5,
    pValue: 0.0693275754336266,
    interval: [0.3, 2.7],
    shift: 1.35,
  },
  {
    name: 'one sample against a column of numbers: R answers all differences',
    baseline: [
      2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
      27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49,
      50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60,
    ],
    canary: [1],
    confidence: 0.95,
    u: 0,
    pValue: 0.0940228759025391,
    interval: [-59, -1],
    shift: -30,
  },
  {
    name: 'three against three: R answers all differences',
    baseline: [1, 2, 3],
    canary: [10, 20, 30],
    confidence: 0.98,
    u: 9,
    pValue: 0.0808555983700523,
    interval: [7, 29],
    shift: 18,
  },
];
