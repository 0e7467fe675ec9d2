// The search runs in a worker, which browsers refuse to a page that was opened as a file. There an
// unseen frame does the worker's work; whoever made the worker can't tell them apart.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.body.append(frame)
      this.inside = frame.contentWindow
      this.ready = new Promise((resolve) => frame.addEventListener("load", resolve))
      const inside = this.inside.document
      inside.write(`<script>postMessage = (data) => parent.postMessage(data, "*")</script>`)
      inside.write(`<script src="${new URL(url, location)}"></script>`)
      inside.close()
      addEventListener("message", (event) => {
        if (event.source !== this.inside) return
        const answer = new MessageEvent("message", { data: event.data })
        this.dispatchEvent(answer)
        this.onmessage?.(answer)
      })
    }

    async postMessage(data) {
      await this.ready
      this.inside.dispatchEvent(new this.inside.MessageEvent("message", { data }))
    }
  }
}
