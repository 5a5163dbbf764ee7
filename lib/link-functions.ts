import type { FunctionSpec } from './functions.ts';
import { on, publishing } from './rights.ts';

type Environment = Readonly<Record<string, string>>;

/**
 * Links to answer questions by: who makes one may not check one, and who checks one, which is who faces the internet, may
 * not make one.
 */
export const linkFunctionSpecs = {
  'ask-people': {
    purpose: 'Tells people of a question, with a link to answer it',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'update'],
    partitions: { get: ['RELEASE#*'], update: ['RELEASE#*'] },
    rights: ({ links }) =>
      links === undefined ? [] : [on(links.keyArn, 'kms:GenerateMac'), ...publishing(links.topic)],
    environment: ({ links }): Environment =>
      links === undefined
        ? {}
        : { LINK_KEY: links.keyArn, ANSWER_URL: links.url, NOTIFICATIONS_TOPIC: links.topic.arn },
  },
  'answer-approval': {
    purpose: 'Shows a question to whoever has its link, and takes the answer',
    timeoutSeconds: 20,
    calledBy: 'people',
    // A public address: so many at once are plenty for people, and little for whoever floods it.
    concurrency: 5,
    ledger: ['get', 'update'],
    // Questions are a release's; who waits for the answer is read.
    partitions: { get: ['RELEASE#*', 'FLEET#*', 'EXECUTION#*'], update: ['RELEASE#*'] },
    rights: (reach) =>
      reach.links === undefined
        ? []
        : [
            on(reach.links.keyArn, 'kms:VerifyMac'),
            // Has who waits looked at that a person has answered.
            on(
              [
                ...(reach.asksPeople.ofFleets ? [reach.supervisors.rollout.arn] : []),
                ...(reach.asksPeople.ofWaves ? [reach.supervisors.wave.arn] : []),
              ],
              'lambda:InvokeFunction',
            ),
          ],
    environment: ({ links, supervisors }): Environment =>
      links === undefined
        ? {}
        : {
            LINK_KEY: links.keyArn,
            SUPERVISE_ROLLOUT_FUNCTION: supervisors.rollout.name,
            SUPERVISE_WAVE_FUNCTION: supervisors.wave.name,
          },
  },
} as const satisfies Readonly<Record<string, FunctionSpec>>;
