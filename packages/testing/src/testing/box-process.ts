/** A program that opens a box, says so, and stays until it is ended, or stops the box when its input ends. */
import { createCloudBox } from '../create-cloudbox.ts'
import { schema } from './todos.ts'

const box = await createCloudBox({ folder: process.argv[2]!, schema })
await box.admin
  .collection('todos')
  .insert({ title: String(process.pid) })
  .orThrow()
const { data } = await box.client().collection('notes').select('*').orThrow()
process.stdout.write(
  `${JSON.stringify({ database: new URL(box.databaseUrl).pathname.slice(1), rows: data.length })}\n`,
)
process.stdin.once('end', () => void box.stop()).resume()
