import type { Json } from '../../simulator/contract.ts';
import type { StackInput } from '../../simulator/template/assembly.ts';

/**
 * The same app as the next version of Kiln would be deployed: every state machine gets another definition, every function
 * another environment, so that new executions and new instances of functions are of it, and old executions go on as they are.
 */
export const upgraded = (stacks: readonly StackInput[], nowMs: number): readonly StackInput[] =>
  stacks.map((stack) => ({
    ...stack,
    template: {
      ...stack.template,
      Resources: Object.fromEntries(
        Object.entries(stack.template.Resources).map(([logicalId, resource]) => {
          const properties = changed(resource.Type, resource.Properties ?? {}, nowMs);
          return [logicalId, { ...resource, Properties: properties }];
        }),
      ),
    },
  }));

type Properties = Record<string, Json>;

function changed(type: string, properties: Properties, nowMs: number): Properties {
  if (type === 'AWS::Lambda::Function') {
    const environment = properties.Environment as { readonly Variables?: Properties } | undefined;
    const Variables = { ...environment?.Variables, DEPLOYED_AT: String(nowMs) };
    return { ...properties, Environment: { Variables } };
  }
  const { DefinitionString: text } = properties;
  if (type !== 'AWS::StepFunctions::StateMachine' || typeof text !== 'string') return properties;
  const definition = JSON.parse(text) as { readonly Comment?: string };
  const Comment = `${definition.Comment ?? ''} Deployed again.`;
  return { ...properties, DefinitionString: JSON.stringify({ ...definition, Comment }) };
}
