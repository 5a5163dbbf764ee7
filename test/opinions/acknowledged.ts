/** What independent tools say of our templates and we do not change, each with the reason. */

export interface Acknowledged {
  /** The rule as the tool prints it; a pattern where the name of a resource is part of it. */
  readonly rule: string | RegExp;
  /** Path of the construct, or of the place in the template. */
  readonly on: RegExp;
  readonly reason: string;
}

const arn = (service: string, rest: string): RegExp =>
  new RegExp(
    `^AwsSolutions-IAM5\\[Resource::arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>:${rest}\\]$`,
  );

/** cdk-nag, rules AwsSolutions, of the app of a catalogue. */
export const nagOfApp: readonly Acknowledged[] = [
  {
    rule: /^AwsSolutions-IAM4\[Policy::arn:<AWS::Partition>:iam::aws:policy\/(EC2InstanceProfileForImageBuilder|AmazonSSMManagedInstanceCore)\]$/,
    on: /\/Image\/BuildRole\/Resource$/,
    reason:
      'Image Builder documents these two for its build instances, and extends them as its agent changes: a copy would fall behind',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    on: /\/Kiln\/(Functions\/\w+\/Role|(Release|Rollout|Recover)\/Resource\/Role)\/DefaultPolicy\/Resource$/,
    reason:
      'actions without resource-level permission, or held by a condition: each has its reason in lib/wildcards.ts, and a test compares every policy with it',
  },
  {
    rule: arn('ssm', 'parameter/kiln/\\w+/catalogue/?\\*'),
    on: /\/Functions\/\w+\/Role\/DefaultPolicy\/Resource$/,
    reason: 'a catalogue is kept in as many parameters as it needs, one name for each content',
  },
  {
    rule: arn('ssm', 'parameter/kiln/\\w+/fleets/\\*/image-id'),
    on: /\/Kiln\/Rollout\/Resource\/Role\/DefaultPolicy\/Resource$/,
    reason: 'one workflow serves all fleets, each with this one parameter',
  },
  {
    rule: arn('imagebuilder', 'image/kiln-[\\w-]+/\\*'),
    on: /\/Functions\/\w+\/Role\/DefaultPolicy\/Resource$/,
    reason: 'versions and builds of one image, numbered when they are baked',
  },
  {
    rule: arn('autoscaling', 'autoScalingGroup:\\*:autoScalingGroupName/[\\w-]+'),
    on: /\/Kiln\/(Functions\/\w+\/Role|Rollout\/Resource\/Role)\/DefaultPolicy\/Resource$/,
    reason: 'the star is the id that Auto Scaling makes up: the name of the group is given',
  },
  {
    rule: arn('states', 'execution:kiln-\\w+-(release|rollout|recover):\\*'),
    on: /\/Kiln\/(Functions\/\w+\/Role|(Release|Recover)\/Resource\/Role)\/DefaultPolicy\/Resource$/,
    reason: 'executions of one machine of ours, named when they are started',
  },
  {
    rule: arn('ec2', '(instance|network-interface|spot-instances-request|volume)/\\*'),
    on: /\/Kiln\/(Functions\/StartRefresh\/Role|Rollout\/Resource\/Role)\/DefaultPolicy\/Resource$/,
    reason:
      'tags of what a launch makes, which has no id before; held by the condition on ec2:CreateAction',
  },
  {
    rule: 'AwsSolutions-SF1',
    on: /\/Kiln\/(Release|Rollout|Recover)\/Resource\/Resource$/,
    reason:
      'failures are logged; every other event is in the execution history for 90 days, and would bring task tokens into the log',
  },
  {
    rule: 'AwsSolutions-SF2',
    on: /\/Kiln\/(Release|Rollout|Recover)\/Resource\/Resource$/,
    reason:
      'an execution is parked for hours at a time: the ledger and the log tell its story, a trace of it would be one gap',
  },
];

/** The same of examples/web, which shows what a user has before Kiln comes, in as few lines as may be. */
export const nagOfExample: readonly Acknowledged[] = [
  {
    rule: 'AwsSolutions-VPC7',
    on: /^Web\/Vpc\/Resource$/,
    reason: 'flow logs of an example that is deployed for an hour are paid for and never read',
  },
  {
    rule: 'AwsSolutions-ELB2',
    on: /^Web\/LoadBalancer\/Resource$/,
    reason: 'access logs need a bucket, which would outlive the example',
  },
  {
    rule: 'AwsSolutions-EC23',
    on: /^Web\/LoadBalancer\/SecurityGroup\/Resource$/,
    reason: 'a public web site: its load balancer is open to all, its servers are not',
  },
  {
    rule: 'AwsSolutions-EC26',
    on: /^Web\/Web(Staging|Prod)Group\/ASG$/,
    reason:
      'the root volume is the image’s own: encryption belongs into the image or the account’s default, not into a device mapping that an image may contradict',
  },
  {
    rule: 'AwsSolutions-AS3',
    on: /^Web\/Web(Staging|Prod)Group\/ASG$/,
    reason: 'Auto Scaling tells EventBridge of every launch, which is what Kiln listens to',
  },
];

/** False positives of cfn-lint; `on` is the path in the template and what is said of it. */
export const lint: readonly Acknowledged[] = [
  {
    rule: 'W3005',
    on: /^Resources\/\w+\/DependsOn\/\d+: '\w+Role[0-9A-F]{8}' dependency already enforced by a 'GetAtt'/,
    reason:
      'the CDK makes what uses a role depend on the role and on its policy; that the first of the two follows anyway does no harm',
  },
  {
    rule: 'E3601',
    on: /: '\{% \$[\w.]+ %\}' is not of type 'number' at 'States\/[^']+\/(TimeoutSeconds|MaxConcurrency)'$/,
    reason:
      'in JSONata both fields take an expression (developer guide, "Task workflow state", "Map workflow state"): the linter’s schema knows numbers alone',
  },
];

export interface Finding {
  readonly rule: string;
  readonly on: string;
}

const covers = ({ rule, on }: Acknowledged, finding: Finding): boolean =>
  (typeof rule === 'string' ? rule === finding.rule : rule.test(finding.rule)) &&
  on.test(finding.on);

/** Findings that nobody has acknowledged, as text. */
export const unacknowledged = (
  findings: readonly Finding[],
  table: readonly Acknowledged[],
): readonly string[] =>
  findings
    .filter((finding) => !table.some((each) => covers(each, finding)))
    .map(({ rule, on }) => `${rule} on ${on}`);

/** What was acknowledged and is found no more. */
export const outdated = (
  findings: readonly Finding[],
  table: readonly Acknowledged[],
): readonly string[] =>
  table
    .filter((each) => !findings.some((finding) => covers(each, finding)))
    .map(({ rule, on }) => `${rule} on ${on}`);
