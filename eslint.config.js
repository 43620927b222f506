import js from '@eslint/js'
import tseslint from 'typescript-eslint'

/** Rooms that are pure functions: no file system, process, network, GitHub or environment (shared design). */
const pureRooms = ['src/model/**/*.ts', 'src/compare/**/*.ts', 'src/judge/**/*.ts', 'src/report/**/*.ts']

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'engines/*/vendor/',
      'engines/*/out/',
      'examples/',
      '**/fixtures/',
      '**/testdata/',
      'out/',
    ],
  },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/unbound-method': 'off',
      'no-console': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: pureRooms,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [
                'node:*',
                '!node:crypto',
                '@actions/*',
                '**/publish/**',
                '**/command/**',
                '**/source/*',
              ],
              message: 'This room is pure: data in, data out.',
            },
          ],
        },
      ],
      'no-restricted-globals': ['error', 'process', 'fetch', 'setTimeout', 'setInterval', 'performance'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now' },
        { object: 'Math', property: 'random' },
      ],
    },
  },
  { files: ['scripts/**', 'bench/**', 'engines/build/**', '__tests__/**'], rules: { 'no-console': 'off' } },
  {
    files: ['__tests__/**'],
    rules: { 'max-lines': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
)
