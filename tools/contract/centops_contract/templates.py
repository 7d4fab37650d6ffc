"""Texts of the files that a new operation needs. `$operation` is `list-releases`, `$module` is `list_releases`."""

from string import Template

#: New contract/<area>.yaml.
AREA_CONTRACT = Template("""\
# $area
paths:
""")

#: Operation in contract/<area>.yaml, below its path.
CONTRACT = Template("""\
    $method:
      operationId: $operation
      tags: [$tag]
      summary: TODO
      x-centops-callers: [$caller]
      x-centops-grants: {Table: [dynamodb:GetItem], AuditTable: [dynamodb:PutItem]}
      responses:
        '200':
          description: TODO
          content: {application/json: {schema: {type: object}}}
""")

#: Parameter of the path, below its path.
PATH_PARAMETER = Template("""\
      - {name: $name, in: path, required: true, schema: {$$ref: shared.yaml#/schemas/Name}}
""")

#: Path in contract/openapi.yaml.
ROOT_PATH = Template("  $path: {$$ref: '$area.yaml#/paths/$pointer'}\n")

#: functions/<area>/Cargo.toml, for a new area.
CARGO = Template("""\
[package]
name = "centops-$area"
description = "Functions of the area $area."
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[dependencies]
centops-api.workspace = true
centops-contract.workspace = true
centops-domain.workspace = true
centops-store.workspace = true
lambda_http.workspace = true
tokio.workspace = true

[lints]
workspace = true
""")

#: functions/<area>/src/lib.rs, for a new area.
LIBRARY = Template("""\
//! Operations of the area $area.
""")

#: functions/<area>/src/<module>.rs.
HANDLER = Template("""\
//! `$METHOD $path`: TODO.

use centops_api::{Reply, reply};
use centops_contract::operations::$CONSTANT;
use centops_store::Store;
use lambda_http::{Request, http::StatusCode};

/// Answers `$operation`.
///
/// # Errors
/// TODO
pub async fn call(store: &Store, request: &Request) -> Reply {
    todo!("answer {} from {store:?} and {request:?} with {:?} and {:?}", $CONSTANT.id, reply::empty, StatusCode::OK)
}
""")

#: functions/<area>/src/bin/<operation>.rs.
BINARY = Template("""\
//! The Lambda function `$operation`.

use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    let call = |request, _| async move { centops_$crate_area::$module::call(store, &request).await };
    centops_api::serve("$operation", audit, call).await
}
""")

#: Function in template.yaml.
FUNCTION = Template("""\
  $Operation:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub $${AWS::StackName}-$operation
      CodeUri: target/lambda/$operation/
      Policies:
        - Version: '2012-10-17'
          Statement:
            - {Effect: Allow, Action: [dynamodb:GetItem], Resource: !GetAtt Table.Arn}
            - {Effect: Allow, Action: [dynamodb:PutItem], Resource: !GetAtt AuditTable.Arn}
      Events: {Api: {Type: Api, Properties: {RestApiId: !Ref $Api, Method: $method, Path: $quoted_path}}}

""")

#: tests/<area>/test_<module>.py.
TEST = Template('''\
"""`$METHOD $path` on the deployed stack."""

from lambdas import event_of, invoke


def test_answers_its_sample_event(stack):
    answer = invoke(stack, "$operation", event_of("$operation"))
    assert answer["statusCode"] == 200, answer
''')
