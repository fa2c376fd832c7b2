import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  // These are generated from kresume_nb/run/records.
  {
    ignores: [
      'lib/',
      '.tests/',
      'node_modules/',
      'style/',
      'src/protocol.ts',
      'src/runs/decoders.ts',
      '*.mjs'
    ]
  },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: {
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname }
    },
    rules: {
      eqeqeq: 'error',
      // A number in a template is the normal way to write a label, and prints the same everywhere.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // lumino's `signal.connect(this.method, this)` binds by its second argument.
      '@typescript-eslint/unbound-method': 'off',
      // JupyterLab's idiom: a class and the namespace of its options, merged.
      '@typescript-eslint/no-namespace': 'off'
    }
  },
  {
    // node:test's `test()` returns a promise that the runner awaits by itself.
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-floating-promises': 'off' }
  }
);
