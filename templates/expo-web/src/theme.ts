import { useColorScheme, useWindowDimensions } from 'react-native'

const light = {
  ground: '#f6f6f8',
  card: '#ffffff',
  line: '#e4e5ea',
  lineStrong: '#cfd1d8',
  text: '#16181d',
  soft: '#5f6470',
  hover: '#f0f0f4',
  accent: '#4f46e5',
  onAccent: '#ffffff',
  danger: '#b42318',
  dangerGround: '#fef1ef',
  live: '#0f7a51',
  waiting: '#945800',
  waitingGround: '#fff6e5',
}

const dark: typeof light = {
  ground: '#0d0e11',
  card: '#16181d',
  line: '#272a31',
  lineStrong: '#3a3e48',
  text: '#eceef2',
  soft: '#9aa0ac',
  hover: '#1f2229',
  accent: '#8f8cff',
  onAccent: '#101116',
  danger: '#ff9b85',
  dangerGround: '#2b1816',
  live: '#46d39a',
  waiting: '#f0b24a',
  waitingGround: '#2a2011',
}

/** The colours that fit the device. */
export function useTheme() {
  return useColorScheme() === 'dark' ? dark : light
}

/** Whether two panes have room side by side. */
export function useIsWide() {
  return useWindowDimensions().width >= 760
}
