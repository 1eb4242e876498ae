// The JSX of one page needs no more than what Vite brings along.
export default { esbuild: { jsx: "automatic" }, logLevel: "error" };
