// What the HTML of every page is held to. The rules that are switched off say why.
module.exports = {
  root: true,
  extends: ["html-validate:standard", "html-validate:a11y"],
  rules: {
    // A button in a form sends it: that is what HTML says, and every one of ours that stands in no form says its type.
    "no-implicit-button-type": "off",
    // Safari no longer says that a list is one where its bullets are taken away, unless it says so itself.
    "no-redundant-role": "off",
    "prefer-native-element": ["error", { exclude: ["list"] }],
  },
};
