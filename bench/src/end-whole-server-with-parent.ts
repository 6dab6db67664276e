// Loaded into the whole server before anything else.
import { endWithParent } from './end-with-parent.ts'

endWithParent()
process.stdin.resume()
