/**
 * What Step Functions itself checks of the parameters of its own integrations before it starts a task. Only what was
 * seen is here; everything else is left to the service that is called.
 */

import type { Json } from '../contract.ts';
import { isObject } from './json.ts';
import type { Resource } from './resources.ts';

/** Required members by integration. Source: developer guide, the page of each integration. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  'apigateway:invoke': ['ApiEndpoint', 'Method'],
  'events:putEvents': ['Entries'],
  'lambda:invoke': ['FunctionName'],
  'sns:publish': ['Message'],
  'sqs:sendMessage': ['QueueUrl', 'MessageBody'],
  'states:startExecution': ['StateMachineArn'],
};

/** Members that are objects of lists. Recorded on AWS for the headers of API Gateway. */
const OBJECTS_OF_LISTS: Readonly<Record<string, readonly string[]>> = {
  'apigateway:invoke': ['Headers', 'QueryParameters'],
};

/** Why a task cannot be started with these parameters, in Step Functions' words, or undefined. */
export function wrongParameters(resource: Resource, payload: Json): string | undefined {
  if (resource.kind !== 'integration' || resource.sdk) return undefined;
  const key = `${resource.service}:${resource.action}`;
  const members = isObject(payload) ? payload : {};
  const wrong = [
    ...(REQUIRED[key] ?? [])
      .filter((name) => members[name] === undefined)
      .map((name) => `The field '${name}' is required but was missing`),
    ...(OBJECTS_OF_LISTS[key] ?? [])
      .filter((name) => !isObjectOfLists(members[name]))
      .map((name) => `The value of the field '${name}' has an invalid format`),
  ];
  if (wrong.length === 0) return undefined;
  return `The Parameters '${JSON.stringify(payload)}' could not be used to start the Task: [${wrong.join(', ')}]`;
}

function isObjectOfLists(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  return isObject(value) && Object.values(value).every((member) => Array.isArray(member));
}
