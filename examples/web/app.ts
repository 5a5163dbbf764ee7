import { App } from 'aws-cdk-lib';
import { WebStack } from './web-stack.ts';

new WebStack(new App(), 'Web', {
  description: 'Two fleets of web servers, for Kiln to keep fresh',
});
