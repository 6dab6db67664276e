import { tryTemplate } from './try-template.ts'

tryTemplate('react-router')
