import { createFileRoute } from '@tanstack/react-router'
import { App } from '../todos/App'

export const Route = createFileRoute('/')({ component: App })
