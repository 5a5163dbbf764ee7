import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import type { Ec2 } from '../aws/ec2.ts';
import {
  changed,
  list,
  type Made,
  nameOf,
  optionalText,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
  record,
  text,
} from './resource-kind.ts';

/** Launch templates. */
export function computeKinds(parts: { ec2: Ec2 }): ResourceKinds {
  return {
    'AWS::EC2::LaunchTemplate': launchTemplateKind(parts.ec2),
  };
}

/**
 * A change makes a new version, and `GetAtt LatestVersionNumber` follows it; the default version stays.
 * @see CloudFormation, `AWS::EC2::LaunchTemplate`
 */
function launchTemplateKind(ec2: Ec2): ResourceKind {
  const { store } = ec2.templates;
  const data = ({ properties }: ResourceRequest) =>
    z.custom<RequestLaunchTemplateData>().parse(record(properties.LaunchTemplateData));
  const shown = (id: string): Made => {
    const template = store.must({ LaunchTemplateId: id });
    return {
      ref: id,
      attributes: {
        LaunchTemplateId: id,
        LatestVersionNumber: String(template.lastNumber),
        DefaultVersionNumber: String(template.defaultVersion),
      },
    };
  };
  return {
    understood: [
      'LaunchTemplateName',
      'LaunchTemplateData',
      'VersionDescription',
      'TagSpecifications',
    ],
    create: (request) => {
      const tags = list(request.properties.TagSpecifications).map((specification) => ({
        Tags: list(record(specification).Tags).map((tag) => ({
          Key: text(record(tag), 'Key'),
          Value: text(record(tag), 'Value'),
        })),
      }));
      const { template } = store.create(
        {
          LaunchTemplateName: nameOf(request, 'LaunchTemplateName', 128),
          VersionDescription: optionalText(request.properties, 'VersionDescription'),
          LaunchTemplateData: data(request),
          TagSpecifications: tags,
        },
        'cloudformation',
      );
      return shown(template.id);
    },
    update: (request, made, before) => {
      if (changed(before, request.properties, ['LaunchTemplateName'])) {
        return undefined;
      }
      if (changed(before, request.properties, ['LaunchTemplateData', 'VersionDescription'])) {
        const template = store.must({ LaunchTemplateId: made.ref });
        const VersionDescription = optionalText(request.properties, 'VersionDescription');
        store.addVersion(
          template,
          { LaunchTemplateData: data(request), VersionDescription },
          'cloudformation',
        );
      }
      return shown(made.ref);
    },
    // A removed template stays readable: groups that still name it are the scenario's business.
    remove: () => {},
  };
}
