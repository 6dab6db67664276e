type ThemeChoice = 'system' | 'light' | 'dark'

const place = 'cloudbox-theme'

/** Light or dark, as the system has it unless somebody has chosen. */
class Theme {
  choice = $state<ThemeChoice>((localStorage.getItem(place) as ThemeChoice | null) ?? 'system')

  choose(choice: ThemeChoice): void {
    this.choice = choice
    if (choice === 'system') localStorage.removeItem(place)
    else localStorage.setItem(place, choice)
    this.apply()
  }

  apply(): void {
    if (this.choice === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = this.choice
  }
}

export const theme = new Theme()
