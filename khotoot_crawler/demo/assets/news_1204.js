// The font size buttons of the tool bar.
document.addEventListener("click", function (event) {
  var step = { news_size_up: 1, news_size_down: -1 }[event.target.className];
  if (!step) return;
  var body = document.querySelector(".body");
  var size = parseFloat(getComputedStyle(body).fontSize);
  body.style.fontSize = size + step + "px";
  event.preventDefault();
});
