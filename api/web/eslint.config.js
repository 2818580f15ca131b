// What the compiler does not hold: promises that nobody waits for, circles of files, parts that import each other,
// hooks, and what a screen reader needs. `npm run lint` runs it; layout is Prettier's alone.
import js from "@eslint/js";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const parts = ["door", "start", "home", "me", "console", "dashboard", "month"];

// Files that other parts may import though they lie in one part. The list only shrinks: what several parts need belongs below them.
const shared = {
  door: ["check.ts", "CodeField.tsx", "useForm.ts"],
  home: ["DayList.tsx", "month.ts", "where.ts"],
  console: ["queries.ts"],
  dashboard: ["slots.ts", "time.ts"],
};

const zones = [
  ...parts.map((part) => ({
    target: parts.filter((other) => other !== part).map((other) => `./src/${other}`),
    from: `./src/${part}`,
    except: (shared[part] ?? []).map((file) => `./${file}`),
    message: `Another part may not import from src/${part}.`,
  })),
  { target: "./src/ui", from: [...parts, "shell"].map((part) => `./src/${part}`), message: "src/ui is below the parts and the frame." },
  {
    target: "./src/lib",
    from: [...parts, "shell", "ui", "api", "queue"].map((part) => `./src/${part}`),
    message: "src/lib is below everything.",
  },
  {
    target: "./src/api",
    from: [...parts, "shell", "ui"].map((part) => `./src/${part}`),
    message: "src/api is below everything that is drawn.",
  },
];

export default tseslint.config(
  { ignores: ["dist", "src/api/schema.ts"] },
  {
    files: ["src/**/*.{ts,tsx}", "vite.config.ts", "verdictStyles.ts"],
    extends: [
      js.configs.recommended,
      tseslint.configs.strictTypeChecked,
      reactHooks.configs["recommended-latest"],
      jsxA11y.flatConfigs.strict,
      importX.flatConfigs.typescript,
    ],
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".tsx", ".js"] })] },
    rules: {
      "import-x/no-cycle": "error",
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones }],
      "@typescript-eslint/no-explicit-any": "error",
      "react-hooks/exhaustive-deps": "error",
      // A number in a text is what its figures are for; everything else is written out.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `() => setOpen(false)` says what happens, and its nothing is not used.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
);
