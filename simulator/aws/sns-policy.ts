import type { PolicyDocument } from '../contract.ts';

/**
 * What stands at a topic's door until somebody writes a policy: services that act for the topic's own account come in.
 * @see SNS developer guide, "Example cases for Amazon SNS access control" (sns-access-policy-use-cases)
 */
export const defaultTopicPolicy = (topicArn: string, accountId: string): PolicyDocument => ({
  Version: '2008-10-17',
  Statement: {
    Sid: '__default_statement_ID',
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: [
      'SNS:GetTopicAttributes',
      'SNS:SetTopicAttributes',
      'SNS:AddPermission',
      'SNS:RemovePermission',
      'SNS:DeleteTopic',
      'SNS:Subscribe',
      'SNS:ListSubscriptionsByTopic',
      'SNS:Publish',
    ],
    Resource: topicArn,
    Condition: { StringEquals: { 'AWS:SourceOwner': accountId } },
  },
});
