"""Texts of the files that a new operation needs. `$operation` is `list-releases`, `$module` is `list_releases`."""

from string import Template

#: New contract/<area>.yaml.
AREA_CONTRACT = Template("""\
# $area
paths:
""")

#: New contract/cost/<area>.toml.
AREA_COST = Template("# What the paths of this area cost. README.md of contract/ explains the words.\n")

#: Row of an operation in contract/cost/<area>.toml.
COST = Template("""\

[$operation]
read = "1"
note = "TODO"
""")

#: Operation in contract/<area>.yaml, below its path.
CONTRACT = Template("""\
    $method:
      operationId: $operation
      tags: [$tag]
      summary: TODO
      x-centops-callers: [$caller]
      x-centops-grants: {Table: [$table_actions], AuditTable: [dynamodb:PutItem]}
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
name = "functions-$area"
description = "Functions of CentOps: TODO."
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
lambda_runtime.workspace = true

[lints]
workspace = true
""")

#: Dependency of the workspace, for a new area.
WORKSPACE = Template('functions-$area = { path = "functions/$area" }\n')

#: Dependency of the multi-call binary, for a new area.
LINKED = Template("functions-$area.workspace = true\n")

#: Functions of the multi-call binary, for a new area.
MULTI_CALL = Template("    functions_$area::FUNCTIONS,\n")

#: functions/<area>/src/lib.rs, for a new area.
LIBRARY = Template("""\
//! The functions of the area `$area`: TODO.

use centops_api::{Function, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[];
""")

#: Entry of `FUNCTIONS` in functions/<area>/src/lib.rs.
ENTRY = Template('Function { name: "$operation", main: run_operation::<$module::$Operation> }')

#: functions/<area>/src/<module>.rs.
HANDLER = Template("""\
//! `$METHOD $path`: TODO.

use centops_api::{Call, $caller_imports, Operation, Reply};
use centops_contract::{self as contract, operations};
${domain_import}use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct $Operation;

impl Operation for $Operation {
    const CONTRACT: contract::Operation = operations::$CONSTANT;
    type Caller = $Caller;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        todo!("answer {:?} from {:?}", call.caller, store)
    }
}
""")

#: functions/<area>/src/bin/<operation>.rs.
BINARY = Template("""\
//! The Lambda function `$operation`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_$area::$module::$Operation>()
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
            - {Effect: Allow, Action: [$table_actions], Resource: !GetAtt Table.Arn}
            - {Effect: Allow, Action: [dynamodb:PutItem], Resource: !GetAtt AuditTable.Arn}

""")

#: tests/<area>/test_<module>.py.
TEST = Template('''\
"""`$METHOD $path` on the deployed stack."""

from lambdas import proxied


def test_answers_its_sample_event(stack):
    assert proxied(stack, "$operation", 200)
''')
