"""Drives `kiln serve --step` with boto3 through a release that is promoted and one that goes back.

Usage: python3 drive.py URL. Prints one line for each thing that it has seen; fails at the first that is not so.
"""

import json
import sys
import urllib.request

import boto3

URL = sys.argv[1]
MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:kiln-main-release"


def client(service):
    return boto3.client(
        service,
        endpoint_url=URL,
        region_name="eu-west-1",
        aws_access_key_id="whoever",
        aws_secret_access_key="whatever",
    )


def control(path, **body):
    data = json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(URL + path, data=data)) as answer:
        return json.load(answer)


states, groups, ledger = client("stepfunctions"), client("autoscaling"), client("dynamodb")
table = ledger.list_tables()["TableNames"][0]


def release(name):
    arn = states.start_execution(
        stateMachineArn=MACHINE, name=name, input=json.dumps({"image": "web"})
    )["executionArn"]
    for _ in range(100):
        found = states.describe_execution(executionArn=arn)
        if found["status"] != "RUNNING":
            return found
        control("/kiln/step", seconds=600)
    raise AssertionError(f"{name} still runs")


def item(pk, sk):
    found = ledger.get_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    return found.get("Item", {})


def images(group):
    found = groups.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    instances = found["AutoScalingGroups"][0]["Instances"]
    return sorted({one["ImageId"] for one in instances if "Terminat" not in one["LifecycleState"]})


def seen(what, so, *found):
    if not so:
        raise AssertionError(f"{what}: {found}")
    print("ok", what)


before = images("web-staging")
good = release("boto3-good")
seen("a release ends well", good["status"] == "SUCCEEDED", good)
seen("it is promoted", json.loads(good["output"])["outcome"] == "promoted", good)
promoted = images("web-staging")
seen("the fleet runs one other image", promoted != before and len(promoted) == 1, promoted)

history = states.get_paginator("get_execution_history").paginate(
    executionArn=good["executionArn"], PaginationConfig={"PageSize": 20}
)
types = [event["type"] for page in history for event in page["events"]]
seen("its history is whole", (types[0], types[-1]) == ("ExecutionStarted", "ExecutionSucceeded"), types)

refresh = groups.describe_instance_refreshes(AutoScalingGroupName="web-staging")["InstanceRefreshes"][0]
seen("the refresh was successful", refresh["Status"] == "Successful", refresh)
alarms = client("cloudwatch").describe_alarms(AlarmNamePrefix="web-")["MetricAlarms"]
seen("the alarms are OK", {one["StateValue"] for one in alarms} == {"OK"}, alarms)
balancing = client("elbv2")
target_group = balancing.describe_target_groups(Names=["web-staging"])["TargetGroups"][0]
targets = balancing.describe_target_health(TargetGroupArn=target_group["TargetGroupArn"])
health = {one["TargetHealth"]["State"] for one in targets["TargetHealthDescriptions"]}
seen("the targets are healthy", health == {"healthy"}, health)
found = client("ec2").describe_images(ImageIds=promoted)["Images"]
seen("the image is available", found[0]["State"] == "available", found)
parameters = client("ssm").get_parameters_by_path(Path="/kiln/main", Recursive=True)["Parameters"]
seen("there are parameters", len(parameters) > 0, parameters)
put = client("events").put_events(Entries=[{"Source": "my.app", "DetailType": "x", "Detail": "{}"}])
seen("an event is put", put["FailedEntryCount"] == 0, put)

control("/kiln/bakes", images="sick")
bad = release("boto3-bad")
seen("a sick one goes back", (bad["status"], bad["error"]) == ("FAILED", "RolledBack"), bad)
seen("the fleet runs what it ran", images("web-staging") == promoted, images("web-staging"))
meta = item("RELEASE#boto3-bad", "META")
seen("the ledger tells so", meta["outcome"]["S"] == "rolled-back", meta)
version = item("IMAGE#web", "VERSION#" + meta["version"]["S"])
seen("its version is quarantined", version["status"]["S"] == "quarantined", version)

try:
    states.describe_execution(executionArn=good["executionArn"] + "x")
    raise AssertionError("an execution that there is not was described")
except states.exceptions.ExecutionDoesNotExist as error:
    seen("an error has its class", "Execution Does Not Exist" in str(error), error)
