import type { ElasticLoadBalancing } from '../aws/elastic-load-balancing.ts';
import type { Json, Place } from '../contract.ts';
import {
  generatedName,
  list,
  nameOf,
  optionalNumber,
  optionalText,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
  record,
  text,
} from './resource-kind.ts';

/** Load balancers, listeners and target groups. Traffic is not simulated; the health of targets is. */
export function balancingKinds(parts: { elb: ElasticLoadBalancing; place: Place }): ResourceKinds {
  return {
    'AWS::ElasticLoadBalancingV2::LoadBalancer': loadBalancerKind(parts.place),
    'AWS::ElasticLoadBalancingV2::Listener': listenerKind(
      parts.elb,
      'LoadBalancerArn',
      'DefaultActions',
    ),
    'AWS::ElasticLoadBalancingV2::ListenerRule': listenerKind(parts.elb, 'ListenerArn', 'Actions'),
    'AWS::ElasticLoadBalancingV2::TargetGroup': targetGroupKind(parts.elb),
  };
}

const NAME_MAX = 32;

/** Only referred to: traffic is not simulated. */
function loadBalancerKind(place: Place): ResourceKind {
  return {
    understood: ['*'],
    create: (request) => {
      const name = nameOf(request, 'Name', NAME_MAX);
      const kind = optionalText(request.properties, 'Type') === 'network' ? 'net' : 'app';
      const fullName = `${kind}/${name}/${idOf(request)}`;
      const arn = `arn:${place.partition}:elasticloadbalancing:${place.region}:${place.accountId}:loadbalancer/${fullName}`;
      return {
        ref: arn,
        attributes: {
          LoadBalancerArn: arn,
          LoadBalancerName: name,
          LoadBalancerFullName: fullName,
          DNSName: `${name}.${place.region}.elb.amazonaws.com`,
          CanonicalHostedZoneID: 'Z32O12XQLNTSW2',
          SecurityGroups: request.properties.SecurityGroups ?? [],
        },
      };
    },
    update: (_request, made) => made,
    remove: () => {},
  };
}

/** A listener or a rule of one: the groups that it forwards to are in use from then on. */
function listenerKind(elb: ElasticLoadBalancing, parent: string, actions: string): ResourceKind {
  const attach = ({ properties }: ResourceRequest): void => {
    const [kind, name, id] = text(properties, parent).split('/').slice(1);
    for (const targetGroupArn of forwardedTo(properties[actions])) {
      elb.attach(targetGroupArn, `${kind}/${name}/${id}`);
    }
  };
  return {
    understood: ['*'],
    create: (request) => {
      attach(request);
      const own = parent === 'ListenerArn' ? ':listener-rule/' : ':listener/';
      const arn = text(request.properties, parent).replace(/:(loadbalancer|listener)\//, own);
      const ref = `${arn}/${idOf(request)}`;
      return { ref, attributes: { [parent === 'ListenerArn' ? 'RuleArn' : 'ListenerArn']: ref } };
    },
    update: (request, made) => {
      attach(request);
      return made;
    },
    remove: () => {},
  };
}

function forwardedTo(actions: Json | undefined): readonly string[] {
  return list(actions)
    .map(record)
    .flatMap((action) => [
      ...(action.TargetGroupArn === undefined ? [] : [String(action.TargetGroupArn)]),
      ...list(record(action.ForwardConfig).TargetGroups).map((group) =>
        text(record(group), 'TargetGroupArn'),
      ),
    ]);
}

/** 16 hexadecimal digits that belong to this resource. */
function idOf(request: ResourceRequest): string {
  return generatedName(request, NAME_MAX).slice(-8).repeat(2);
}

const TARGET_GROUP_IN_PLACE = [
  'HealthCheckIntervalSeconds',
  'HealthyThresholdCount',
  'UnhealthyThresholdCount',
  'TargetGroupAttributes',
];

function targetGroupKind(elb: ElasticLoadBalancing): ResourceKind {
  return {
    understood: ['Name', ...TARGET_GROUP_IN_PLACE],
    ignored: [
      ...[
        'Port',
        'Protocol',
        'ProtocolVersion',
        'TargetType',
        'VpcId',
        'HealthCheckEnabled',
        'HealthCheckPath',
        'HealthCheckPort',
      ],
      ...['HealthCheckProtocol', 'HealthCheckTimeoutSeconds', 'Matcher', 'IpAddressType', 'Tags'],
    ],
    create: (request) => {
      const { properties } = request;
      const name = nameOf(request, 'Name', NAME_MAX);
      const arn = elb.addTargetGroup({
        name,
        // In use once a listener forwards to it.
        loadBalancer: null,
        deregistrationDelaySeconds: attributeNumber(
          request,
          'deregistration_delay.timeout_seconds',
        ),
        checkIntervalSeconds: optionalNumber(properties, 'HealthCheckIntervalSeconds'),
        healthyThreshold: optionalNumber(properties, 'HealthyThresholdCount'),
        unhealthyThreshold: optionalNumber(properties, 'UnhealthyThresholdCount'),
      });
      return {
        ref: arn,
        attributes: {
          TargetGroupArn: arn,
          TargetGroupName: name,
          TargetGroupFullName: arn.slice(arn.indexOf('targetgroup/')),
          LoadBalancerArns: [],
        },
      };
    },
    remove: () => {},
  };
}

function attributeNumber({ properties }: ResourceRequest, key: string): number | undefined {
  const found = list(properties.TargetGroupAttributes)
    .map(record)
    .find((attribute) => attribute.Key === key);
  return found === undefined ? undefined : optionalNumber(found, 'Value');
}
