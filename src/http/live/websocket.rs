//! The same over a WebSocket: one JSON object a message. What the client sends is not read, but its end is heard.

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};

use super::feed::{Feed, Word};
use crate::engine::live::Event;

/// Largest message that is taken from a client, bytes: it has nothing to say.
const MESSAGE_BYTES_MAX: usize = 4 * 1024;

/// What may lie ready for a client that reads slowly, bytes: the largest event fits, and beyond it nothing is taken
/// from the ring.
const WRITE_BYTES_MAX: usize = 1024 * 1024;

/// From here on what lies ready is sent.
const WRITE_BYTES: usize = 16 * 1024;

pub(super) fn open(upgrade: WebSocketUpgrade, feed: Feed) -> Response {
    upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .write_buffer_size(WRITE_BYTES)
        .max_write_buffer_size(WRITE_BYTES_MAX)
        .on_upgrade(move |socket| serve(socket, feed))
}

/// Until the client or the server ends it.
async fn serve(socket: WebSocket, mut feed: Feed) {
    let (mut to_client, mut from_client) = socket.split();
    tokio::select! {
        () = left(&mut from_client) => {}
        told = tell(&mut to_client, &mut feed) => {
            if let Err(error) = told {
                tracing::debug!(%error, "a client of the WebSocket left");
            }
        }
    }
}

/// Waits for the client's end; answers to its pings are sent meanwhile.
async fn left(from_client: &mut SplitStream<WebSocket>) {
    while let Some(Ok(message)) = from_client.next().await {
        if matches!(message, Message::Close(_)) {
            return;
        }
    }
}

async fn tell(to_client: &mut SplitSink<WebSocket, Message>, feed: &mut Feed) -> Result<(), axum::Error> {
    loop {
        let mut word = feed.next().await;
        // What lies ready goes out together.
        loop {
            match word {
                None => return to_client.send(Message::Close(Some(going_away()))).await,
                Some(Word::Event(event)) => to_client.feed(text(event)).await?,
                // A client that resumes may take its id from here.
                Some(Word::Heartbeat(id)) => to_client.feed(Message::Ping(id.to_string().into())).await?,
            }
            match feed.try_next() {
                Some(next) => word = next,
                None => break,
            }
        }
        to_client.flush().await?;
    }
}

fn text(event: Event) -> Message {
    Message::Text(Utf8Bytes::try_from(event.json).expect("JSON is UTF-8"))
}

fn going_away() -> CloseFrame {
    CloseFrame { code: close_code::AWAY, reason: Utf8Bytes::from_static("the server stops") }
}
