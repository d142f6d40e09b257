export { formatNumber } from "../format_number.js";
