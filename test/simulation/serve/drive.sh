#!/bin/sh
# Drives `kiln serve --step` with the AWS CLI through a release that is promoted and one that a person stops and that goes back.
# Usage: drive.sh URL. Prints one line for each thing that it has seen; fails at the first that is not so.
set -eu

url=$1
machine=arn:aws:states:eu-west-1:111122223333:stateMachine:kiln-main-release
executions=arn:aws:states:eu-west-1:111122223333:execution:kiln-main-release
export AWS_ACCESS_KEY_ID=whoever AWS_SECRET_ACCESS_KEY=whatever AWS_DEFAULT_REGION=eu-west-1 AWS_PAGER=

kiln_aws() { aws --endpoint-url "$url" --output text "$@"; }
step() { curl -sS -f -o /dev/null -d "{\"seconds\":$1}" "$url/kiln/step"; }
seen() {
  if [ "$2" != "$3" ]; then
    echo "$1: expected '$3', got '$2'" >&2
    exit 1
  fi
  echo "ok $1"
}
start() {
  kiln_aws stepfunctions start-execution --state-machine-arn "$machine" --name "$1" --input '{"image":"web"}' >/dev/null
}
images() {
  kiln_aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names web-staging \
    --query 'AutoScalingGroups[0].Instances[?LifecycleState==`InService`].ImageId' | tr '\t' '\n' | sort -u
}

start cli-good
step 10800
seen 'a release ends well' "$(kiln_aws stepfunctions describe-execution --execution-arn "$executions:cli-good" --query status)" SUCCEEDED
seen 'the refresh was successful' "$(kiln_aws autoscaling describe-instance-refreshes --auto-scaling-group-name web-staging \
  --query 'InstanceRefreshes[].Status')" Successful
seen 'the alarms are OK' "$(kiln_aws cloudwatch describe-alarms --alarm-names web-prod-5xx --query 'MetricAlarms[].StateValue')" OK
promoted=$(images)

start cli-stopped
step 1800
seen 'a second refresh runs' "$(kiln_aws autoscaling describe-instance-refreshes --auto-scaling-group-name web-staging \
  --query 'InstanceRefreshes[0].Status')" InProgress
kiln_aws stepfunctions stop-execution --execution-arn "$executions:cli-stopped" --cause 'users are hurt' >/dev/null
step 3600
seen 'the fleet runs what it ran' "$(images)" "$promoted"
table=$(kiln_aws dynamodb list-tables --query 'TableNames[0]')
seen 'the ledger tells so' "$(kiln_aws dynamodb get-item --table-name "$table" \
  --key '{"pk":{"S":"RELEASE#cli-stopped"},"sk":{"S":"META"}}' --query 'Item.outcome.S')" rolled-back
