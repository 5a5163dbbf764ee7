import type { StepFunctions } from '../aws/step-functions.ts';
import type { Place } from '../contract.ts';
import {
  changed,
  type Made,
  nameOf,
  optionalText,
  type Properties,
  present,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
  record,
  text,
} from './resource-kind.ts';

/** State machines. Executions under way keep the definition that they began with. */
export function stateMachineKinds(parts: {
  stepFunctions: StepFunctions;
  place: Place;
}): ResourceKinds {
  return { 'AWS::StepFunctions::StateMachine': stateMachineKind(parts) };
}

function stateMachineKind({
  stepFunctions,
  place,
}: {
  stepFunctions: StepFunctions;
  place: Place;
}): ResourceKind {
  const write = (request: ResourceRequest, name: string): Made => {
    const { properties } = request;
    const arn = `arn:${place.partition}:states:${place.region}:${place.accountId}:stateMachine:${name}`;
    stepFunctions.addStateMachine({
      name,
      arn,
      roleArn: text(properties, 'RoleArn'),
      definition: definitionOf(properties),
      ...present('type', optionalText(properties, 'StateMachineType')),
      ...present('loggingLevel', optionalText(record(properties.LoggingConfiguration), 'Level')),
    });
    return { ref: arn, attributes: { Arn: arn, Name: name } };
  };
  return {
    understood: [
      ...[
        'StateMachineName',
        'StateMachineType',
        'RoleArn',
        'DefinitionString',
        'Definition',
        'DefinitionSubstitutions',
      ],
      'LoggingConfiguration',
    ],
    ignored: ['TracingConfiguration', 'Tags', 'EncryptionConfiguration'],
    create: (request) => write(request, nameOf(request, 'StateMachineName', 80)),
    update: (request, made, before) =>
      changed(before, request.properties, ['StateMachineName', 'StateMachineType'])
        ? undefined
        : write(request, String(made.attributes?.Name)),
    // A removed machine stays for its executions; no resource of the template refers to it any more.
    remove: () => {},
  };
}

/** @throws Error for a placeholder without a value */
function definitionOf(properties: Properties): string {
  const given = properties.DefinitionString ?? properties.Definition;
  if (given === undefined) {
    throw new Error('a definition is required (DefinitionS3Location is not supported)');
  }
  const substitutions = record(properties.DefinitionSubstitutions);
  const template = typeof given === 'string' ? given : JSON.stringify(given);
  return template.replace(/\$\{([A-Za-z0-9_]+)\}/g, (_whole, name: string) => {
    const value = optionalText(substitutions, name);
    if (value === undefined) {
      throw new Error(`the definition has \${${name}}, and DefinitionSubstitutions has no ${name}`);
    }
    // Inside of a JSON string, as every placeholder is.
    return JSON.stringify(value).slice(1, -1);
  });
}
