import { Component, inject, input, signal } from '@angular/core'
import type { CloudBoxError } from '@cloudbox/client'
import { box } from './cloudbox'
import { Problem } from './problem'
import { Todos } from './todos'
import { Waiting } from './waiting'

@Component({
  selector: 'app-todo-pane',
  imports: [Problem, Waiting],
  providers: [Todos],
  templateUrl: './todo-pane.html',
})
export class TodoPane {
  readonly title = input.required<string>()
  protected readonly todos = inject(Todos)
  protected readonly problem = signal<CloudBoxError | null>(null)

  protected async add(event: Event, field: HTMLInputElement): Promise<void> {
    event.preventDefault()
    const { error } = await box.collection('todos').insert({ title: field.value })
    this.problem.set(error)
    if (error === null) field.value = ''
  }

  protected async setDone(id: string, done: boolean): Promise<void> {
    this.problem.set((await box.doc('todos', id).update({ done })).error)
  }

  protected async remove(id: string): Promise<void> {
    this.problem.set((await box.doc('todos', id).delete()).error)
  }
}
