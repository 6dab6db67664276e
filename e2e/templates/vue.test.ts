import { tryTemplate } from './try-template.ts'

tryTemplate('vue')
