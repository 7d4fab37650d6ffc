# What the commands of docs/runbooks use, for bash. Set ENV, STACK and TOKEN before, as docs/runbooks/README.md says:
#
#     source tools/operate/operator.sh

# output NAME: prints an output of the stack.
output() {
    aws cloudformation describe-stacks --stack-name "$STACK" \
        --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text
}

# logs PATTERN [access]: prints the newest 20 lines of the functions' log, or of the access log, that match a filter pattern
# of CloudWatch Logs. Of the last hour, or since SINCE ('-3 hours').
logs() {
    aws logs filter-log-events --log-group-name "/centops/$STACK${2:+/$2}" --filter-pattern "$1" \
        --start-time "$(date -d "${SINCE:--1 hour}" +%s000)" --query 'events[].[message]' --output text | tail -n 20
}

# metric NAME [STATISTIC [FUNCTION]]: prints a metric of the stack by minute, Maximum unless it is said otherwise. With a
# function it is a metric that Lambda has of it, such as Errors.
metric() {
    local of=(--namespace "CentOps/$STACK")
    [ $# -lt 3 ] || of=(--namespace AWS/Lambda --dimensions "Name=FunctionName,Value=$STACK-$3")
    aws cloudwatch get-metric-statistics "${of[@]}" --metric-name "$1" --period 60 --statistics "${2:-Maximum}" \
        --start-time "$(date -u -d "${SINCE:--1 hour}" +%FT%TZ)" --end-time "$(date -u +%FT%TZ)" \
        --query "sort_by(Datapoints, &Timestamp)[].[Timestamp, ${2:-Maximum}]" --output text
}

# queue NAME...: prints how many messages of queues of the stack wait, and how many are being processed, by logical id.
queue() {
    local name url
    for name; do
        url=$(aws cloudformation describe-stack-resource --stack-name "$STACK" --logical-resource-id "$name" \
            --query StackResourceDetail.PhysicalResourceId --output text)
        printf '%s ' "$name"
        # For SQS, version 1 of the command line takes another address than that of the region from an option only.
        aws ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} sqs get-queue-attributes --queue-url "$url" \
            --attribute-names All --output text \
            --query 'Attributes.[ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible]'
    done
}

# api PATH [OPTIONS]: sends a request to the Admin API, with options of curl.
api() {
    curl --silent --show-error "$ADMIN$1" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' "${@:2}"
}

# invoke FUNCTION: runs a scheduled function now, and prints its answer.
invoke() {
    echo '{}' | aws lambda invoke --function-name "$STACK-$1" --payload fileb:///dev/stdin /dev/stdout
}

export ENV STACK TOKEN
[ -n "${ADMIN:-}" ] || ADMIN=$(output AdminApi)
export ADMIN
