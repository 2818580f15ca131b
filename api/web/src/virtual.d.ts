declare module "virtual:verdicts.css";
