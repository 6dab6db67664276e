import { tryTemplate } from './try-template.ts'

tryTemplate('tanstack-start')
