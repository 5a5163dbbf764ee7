import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import { type OutputAsset, type OutputChunk, type Plugin, rolldown } from 'rolldown';

export interface Bundle {
  /** The function's folder under lambdas/. */
  readonly name: string;
  /** Absolute path of the `index.js`; the folder around it is the Lambda asset. */
  readonly path: string;
  readonly bytes: number;
}

export interface BundleOptions {
  /** @default dist/functions of this package */
  readonly outdir?: string;
  /** Where the function folders are. @default lambdas of this package */
  readonly source?: string;
}

interface Manifest {
  readonly digest: string;
  readonly bundles: readonly { readonly name: string; readonly bytes: number }[];
}

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where `bundle()` writes when it is not told otherwise: one folder per function. */
export const bundlesDirectory = join(ROOT, 'dist', 'functions');

const MANIFEST = 'manifest.json';
const INDEX = 'index.js';
/**
 * Begins the name of every chunk that keeps nothing of the function which runs it: other people's packages, and our pure
 * core. The simulator knows by it what it may evaluate once for all.
 */
const PURE = 'pure';
const LIBRARIES = /[\\/]node_modules[\\/]/;
const CORE = /[\\/]lambdas[\\/]core[\\/]/;

/** Folders of lambdas/ that are shared by functions, not functions. */
const SHARED_FOLDERS: ReadonlySet<string> = new Set(['core', 'adapters']);

/**
 * Bundled without regard to the others: the models of a client are one module, so that what one function asks of EC2
 * would be carried by all that speak to it.
 */
const APART: ReadonlySet<string> = new Set(['locate-instances']);

/** Raise it when the way of bundling changes in a way that neither lock file nor options show. */
const RECIPE = 4;

const ESBUILD_OPTIONS = {
  loader: 'js',
  format: 'cjs',
  platform: 'node',
  // The same file also runs in the simulator, on the Node that this project promises to support.
  target: 'node20',
  minify: true,
  legalComments: 'none',
  charset: 'utf8',
  // The SDK's `import('node:http')` becomes a `require`, which a simulated function can be given.
  supported: { 'dynamic-import': false },
} as const;

/** What differs between machines or runs must not be in here: the output is the same to the byte everywhere. */
const ALIASES = {
  '@aws-sdk/credential-provider-node': 'lambdas/adapters/environment-credentials.ts',
  '@aws-sdk/middleware-endpoint-discovery': 'lambdas/adapters/no-endpoint-discovery.ts',
  '@smithy/core/event-streams': 'lambdas/adapters/no-event-streams.ts',
} as const;

/**
 * Errors that our code knows by their class, for what they carry. All others it tells apart by name, and an error that the
 * SDK has no class for keeps its name and message: without the classes a function is up to 80 KB smaller.
 */
const ERROR_CLASSES: ReadonlySet<string> = new Set([
  'ConditionalCheckFailedException',
  'TransactionCanceledException',
]);

const withoutErrorClasses: Plugin = {
  name: 'kiln:without-error-classes',
  transform: {
    filter: { id: /@aws-sdk[\\/]client-[a-z0-9-]+[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/ },
    handler: (code) =>
      code.replace(/^n\d+_registry\.registerError\((\w+)\$, \1\);$/gm, (line, name: string) =>
        ERROR_CLASSES.has(name) ? line : '',
      ),
  },
};

/**
 * Bundles every function of lambdas/ to CommonJS, each to `<outdir>/<folder>/index.js`: its chunks, those that it shares
 * with other functions the same to the byte in each. Does nothing but compare a digest when nothing that goes into a
 * bundle has changed. Several processes may call it at once: files are put in place whole, and equal inputs give equal
 * bytes, so the last one wins without harm.
 * @throws when a function does not bundle; then what was there before stays
 */
export async function bundle(options: BundleOptions = {}): Promise<readonly Bundle[]> {
  const source = options.source ?? join(ROOT, 'lambdas');
  const outdir = options.outdir ?? bundlesDirectory;
  const files = await sourceFiles(source);
  const digest = await digestOf(source, files);
  const known = await readManifest(outdir, digest);
  const manifest = known ?? (await write(source, outdir, functionNames(files), digest));
  return manifest.bundles.map(({ name, bytes }) => ({ name, path: indexOf(outdir, name), bytes }));
}

async function write(
  source: string,
  outdir: string,
  names: readonly string[],
  digest: string,
): Promise<Manifest> {
  const entry = (name: string) => [name, join(source, name, 'handler.ts')] as const;
  const together = names.filter((name) => !APART.has(name)).map(entry);
  const apart = names.filter((name) => APART.has(name)).map(entry);
  const groups = [together, ...apart.map((one) => [one])];
  const built = (await Promise.all(groups.map(build))).flat();
  await mkdir(outdir, { recursive: true });
  for (const { name, code } of built) {
    await put(indexOf(outdir, name), code);
    // The folder is an asset: whatever lies in it is uploaded.
    await removeOthers(join(outdir, name), new Set([INDEX]));
  }
  await removeOthers(outdir, new Set([...names, MANIFEST]));
  const bundles = built.map(({ name, code }) => ({ name, bytes: Buffer.byteLength(code) }));
  const manifest = { digest, bundles };
  // Last, so that a digest never stands for files that are not there yet.
  await put(join(outdir, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifest;
}

/** All functions at once: what several of them use is read and minified once, and is one chunk. */
async function build(
  entries: readonly (readonly [name: string, path: string])[],
): Promise<readonly { readonly name: string; readonly code: string }[]> {
  if (entries.length === 0) return [];
  const alias = Object.fromEntries(
    Object.entries(ALIASES).map(([name, path]) => [name, join(ROOT, path)]),
  );
  const bundler = await rolldown({
    input: Object.fromEntries(entries),
    cwd: ROOT,
    platform: 'node',
    resolve: { alias, mainFields: ['module', 'main'] },
    plugins: [withoutErrorClasses],
    treeshake: true,
    tsconfig: false,
    logLevel: 'warn',
  });
  try {
    const { output } = await bundler.generate({
      format: 'cjs',
      minify: true,
      exports: 'named',
      sourcemap: false,
      entryFileNames: '[name].js',
      chunkFileNames: ({ name }) =>
        name.startsWith(PURE) ? `${PURE}-[hash].js` : 'shared-[name]-[hash].js',
      // A function carries no module that it does not reach, and no chunk mixes pure code with code that keeps state.
      codeSplitting: {
        groups: [
          { name: `${PURE}-library`, test: LIBRARIES, entriesAware: true, priority: 2 },
          { name: `${PURE}-core`, test: CORE, entriesAware: true, priority: 1 },
        ],
      },
    });
    const chunks = new Map(output.map((one) => [one.fileName, chunkOf(one)]));
    const codes = new Map(
      await Promise.all(
        [...chunks.values()].map(
          async ({ fileName, code }) =>
            [fileName, (await transform(code, ESBUILD_OPTIONS)).code] as const,
        ),
      ),
    );
    return entries.map(([name]) => {
      const files = reached(`${name}.js`, chunks);
      return {
        name,
        code: inOneFile(
          files.map((file, index) => [index === 0 ? INDEX : file, codes.get(file) ?? '']),
        ),
      };
    });
  } finally {
    await bundler.close();
  }
}

/**
 * All chunks in one file: to find and read forty takes longer than to run them. The comments tell the simulator where each
 * begins and ends; the parentheses tell V8 to compile what is about to be called, and not to look through it first.
 */
function inOneFile(chunks: readonly (readonly [file: string, code: string])[]): string {
  const texts = chunks.map(
    ([file, code]) =>
      `"./${file}":(function(exports,require,module){//<chunk ${file}>\n${code.trimEnd()}\n//</chunk>\n})`,
  );
  return `const chunks={\n${texts.join(',\n')}};
const loaded={};
const load=(name)=>{
if(!name.startsWith("./"))return require(name);
if(loaded[name])return loaded[name].exports;
const module=loaded[name]={exports:{}};
chunks[name].call(module.exports,module.exports,load,module);
return module.exports};
module.exports=load("./${INDEX}");
`;
}

function chunkOf(one: OutputChunk | OutputAsset): OutputChunk {
  if (one.type === 'chunk') return one;
  throw new Error(`expected nothing but code of the functions, got the file ${one.fileName}`);
}

/** The chunk itself and all that it requires, in the order in which they are met. */
function reached(first: string, chunks: ReadonlyMap<string, OutputChunk>): readonly string[] {
  const found = new Set([first]);
  for (const file of found) {
    const { imports = [], dynamicImports = [] } = chunks.get(file) ?? {};
    // What is not a chunk is a module of Node.
    for (const other of [...imports, ...dynamicImports]) if (chunks.has(other)) found.add(other);
  }
  return [...found];
}

/** Every file under the source folder, as sorted paths with `/`. */
async function sourceFiles(source: string): Promise<readonly string[]> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(source, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

function functionNames(files: readonly string[]): readonly string[] {
  return files
    .filter((file) => /^[^/]+\/handler\.ts$/.test(file))
    .map((file) => file.slice(0, file.indexOf('/')))
    .filter((name) => !SHARED_FOLDERS.has(name));
}

async function digestOf(source: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ RECIPE, ESBUILD_OPTIONS, ALIASES, errors: [...ERROR_CLASSES] }));
  const inputs = [
    ...files.map((file) => ({ name: file, path: join(source, file) })),
    ...Object.values(ALIASES).map((path) => ({ name: path, path: join(ROOT, path) })),
    { name: 'package-lock.json', path: join(ROOT, 'package-lock.json') },
  ];
  const contents = await Promise.all(inputs.map(({ path }) => readFile(path)));
  for (const [index, { name }] of inputs.entries()) {
    const content = contents[index] ?? '';
    hash.update(`\n${name} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/** The manifest, when it is of this digest and its files are there in full. */
async function readManifest(outdir: string, digest: string): Promise<Manifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(outdir, MANIFEST), 'utf8')) as Manifest;
    if (manifest.digest !== digest) return undefined;
    const sizes = await Promise.all(
      manifest.bundles.map(async ({ name }) => (await stat(indexOf(outdir, name))).size),
    );
    return manifest.bundles.every(({ bytes }, index) => bytes === sizes[index])
      ? manifest
      : undefined;
  } catch {
    // Missing or unreadable: bundling again mends both.
    return undefined;
  }
}

/** Puts a file in place at once: a reader sees the old text or the new one, never a part. */
async function put(path: string, text: string): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  // Beside the folder of the function: the folder itself is an asset, whose every file is uploaded.
  const temporary = join(dirname(directory), `.${randomUUID()}.part`);
  await writeFile(temporary, text);
  await rename(temporary, path);
}

/** Files of another process that is writing stay: they are hidden ones. */
async function removeOthers(directory: string, names: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(directory)) {
    if (names.has(entry) || entry.startsWith('.')) continue;
    await rm(join(directory, entry), { recursive: true, force: true });
  }
}

const indexOf = (outdir: string, name: string): string => join(outdir, name, INDEX);

async function main(): Promise<void> {
  for (const { name, bytes } of await bundle()) {
    console.log(`${name.padEnd(24)} ${(bytes / 1000).toFixed(0).padStart(4)} KB`);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
