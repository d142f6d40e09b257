import { expect } from "chai";
import { html } from "../../src/report/page/html.js";

describe("html", () => {
  it("escapes what is not made by it", () => {
    const name = `<script>alert("1")</script> & 'more'`;
    expect(html`<p title="${name}">${name}</p>`.text).to.equal(
      '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;">' +
        "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;</p>",
    );
  });

  it("leaves out nothing's places, and takes lists and pieces of itself", () => {
    expect(html`<ul>${[1, 2].map((i) => html`<li>${i}</li>`)}${null}${undefined}${false}</ul>`.text).to.equal(
      "<ul><li>1</li><li>2</li></ul>",
    );
    expect(html`${0}`.text).to.equal("0");
  });
});
