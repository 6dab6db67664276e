// `npm run check`: is the code in order? Without a database, in under a minute.
import { houseSteps, pureStep } from './check-steps.ts'
import { runSteps } from './steps.ts'

if (!(await runSteps([...houseSteps, pureStep]))) process.exitCode = 1
