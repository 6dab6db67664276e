import { tryTemplate } from './try-template.ts'

tryTemplate('expo-web')
