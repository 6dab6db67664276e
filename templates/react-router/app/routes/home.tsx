import { App } from '../todos/App'

export function meta() {
  return [{ title: 'Todos' }]
}

export default function Home() {
  return <App />
}
