import { CfnOutput, CfnParameter, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** What a fleet runs before Kiln has released anything to it. */
const baseImage = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64';

interface WebFleetProps {
  /** Name of the group, and the beginning of the names of its alarms: as in kiln.yaml. */
  readonly name: string;
  readonly capacity: number;
  readonly port: number;
}

/** Two fleets of web servers behind a load balancer: what a user of Kiln has before Kiln comes. */
export class WebStack extends Stack {
  private readonly vpc: ec2.Vpc;
  private readonly loadBalancer: elb.ApplicationLoadBalancer;
  private readonly role: iam.Role;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      // Zones by Fn::GetAZs: nothing is looked up, so that the app synthesizes without credentials.
      maxAzs: 2,
      natGateways: 0,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'public', subnetType: ec2.SubnetType.PUBLIC },
        { name: 'servers', subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      ],
      // Amazon Linux has its packages in S3. Only the first deployment needs them: later all is in the image.
      gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    });
    this.loadBalancer = new elb.ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc: this.vpc,
      internetFacing: true,
      dropInvalidHeaderFields: true,
    });
    this.role = new iam.Role(this, 'InstanceRole', {
      // The catalogue names it: what Kiln may pass on to instances.
      roleName: 'web-instance',
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
    });
    this.fleet('WebStaging', { name: 'web-staging', capacity: 2, port: 8080 });
    this.fleet('WebProd', { name: 'web-prod', capacity: 6, port: 80 });
    new CfnOutput(this, 'Address', { value: this.loadBalancer.loadBalancerDnsName });
  }

  private fleet(id: string, { name, capacity, port }: WebFleetProps): void {
    const launchTemplate = this.launchTemplate(id, name);
    const group = new autoscaling.AutoScalingGroup(this, `${id}Group`, {
      autoScalingGroupName: name,
      vpc: this.vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      // A number, never $Latest: a version that Kiln makes must not leak into launches before it is proven.
      launchTemplate,
      minCapacity: capacity,
      maxCapacity: 2 * capacity,
      healthChecks: autoscaling.HealthChecks.withAdditionalChecks({
        additionalTypes: [autoscaling.AdditionalHealthCheckType.ELB],
        gracePeriod: Duration.minutes(2),
      }),
      defaultInstanceWarmup: Duration.minutes(2),
    });
    const listener = this.loadBalancer.addListener(id, {
      port,
      protocol: elb.ApplicationProtocol.HTTP,
    });
    const targets = listener.addTargets(`${id}Targets`, {
      port: 80,
      protocol: elb.ApplicationProtocol.HTTP,
      targets: [group],
      healthCheck: { path: '/health', interval: Duration.seconds(10), healthyThresholdCount: 2 },
      deregistrationDelay: Duration.seconds(30),
    });
    this.alarms(id, name, targets);
    new CfnOutput(this, `${id}LaunchTemplate`, { value: launchTemplate.launchTemplateId ?? '' });
  }

  private launchTemplate(id: string, fleet: string): ec2.LaunchTemplate {
    // Once Kiln has released to the fleet, deploy with --parameters <id>Image=/kiln/main/fleets/<fleet>/image-id and leave it
    // so: then a deployment of this app never puts an older image back.
    const image = new CfnParameter(this, `${id}Image`, {
      type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>',
      default: baseImage,
      description: `SSM parameter with the image of ${fleet}; from the first release on /kiln/main/fleets/${fleet}/image-id`,
    });
    const userData = ec2.UserData.forLinux();
    userData.addCommands(
      '# Only the base image lacks nginx; what Kiln bakes needs nothing at launch.',
      'command -v nginx && exit 0',
      'dnf install --assumeyes nginx',
      'echo ok > /usr/share/nginx/html/health',
      'systemctl enable --now nginx',
    );
    return new ec2.LaunchTemplate(this, `${id}Template`, {
      machineImage: {
        getImage: () => ({
          imageId: image.valueAsString,
          osType: ec2.OperatingSystemType.LINUX,
          userData,
        }),
      },
      userData,
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MICRO),
      role: this.role,
      securityGroup: new ec2.SecurityGroup(this, `${id}Servers`, { vpc: this.vpc }),
      requireImdsv2: true,
      // ImageId as a dimension of the metrics, and a reading each minute.
      detailedMonitoring: true,
    });
  }

  /** The alarms that the catalogue names. Without requests there is no metric, and that is no failure. */
  private alarms(id: string, fleet: string, targets: elb.ApplicationTargetGroup): void {
    const shared = {
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    };
    const period = Duration.minutes(1);
    new cloudwatch.Alarm(this, `${id}Errors`, {
      ...shared,
      alarmName: `${fleet}-5xx`,
      alarmDescription: `${fleet} answers with errors`,
      metric: targets.metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT, { period }),
      threshold: 5,
    });
    new cloudwatch.Alarm(this, `${id}Latency`, {
      ...shared,
      alarmName: `${fleet}-latency`,
      alarmDescription: `${fleet} answers slowly`,
      metric: targets.metrics.targetResponseTime({ period, statistic: 'p99' }),
      threshold: 1,
    });
  }
}
