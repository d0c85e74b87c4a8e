import { readFileSync } from 'node:fs'
import { JSONObjectReader } from '@actions/workflow-parser/templates/json-object-reader'
import { TemplateSchema } from '@actions/workflow-parser/templates/schema/index'
import { TemplateContext, TemplateValidationErrors } from '@actions/workflow-parser/templates/template-context'
import { readTemplate } from '@actions/workflow-parser/templates/template-reader'
import { NoOperationTraceWriter } from '@actions/workflow-parser/templates/trace-writer'
import { WORKFLOW_ROOT } from '@actions/workflow-parser/workflows/workflow-constants'
import { YamlObjectReader } from '@actions/workflow-parser/workflows/yaml-object-reader'

/** GitHub's own schema. The package's entry point imports it as bundlers do and Node does not, so its parts are put together here. */
const SCHEMA = 'node_modules/@actions/workflow-parser/dist/workflow-v1.0.min.json'

/** What GitHub would refuse in a workflow: keys, types, and contexts and functions in expressions. */
export function schemaErrors(name: string, content: string): string[] {
  const schema = TemplateSchema.load(new JSONObjectReader(undefined, readFileSync(SCHEMA, 'utf8')))
  const context = new TemplateContext(new TemplateValidationErrors(), schema, new NoOperationTraceWriter())
  const file = context.getFileId(name)
  const reader = new YamlObjectReader(file, content)
  if (reader.errors.length > 0) return reader.errors.map(({ message }) => message)
  readTemplate(context, WORKFLOW_ROOT, reader, file)
  return context.errors.getErrors().map(({ message }) => message)
}
