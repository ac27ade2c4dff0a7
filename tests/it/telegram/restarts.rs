//! What a second process knows of the first, by the store.

use super::{OPEN, PARKING, small};
use crate::support::bot::{Bot, Faq};
use crate::support::bot_api::{BotApi, Inner, Sent, TOKEN};
use crate::support::postgres;

const MISSED: &str = "Please send it again";

#[tokio::test]
async fn what_was_answered_before_a_kill_is_not_answered_again() {
    let (api, faq, mut bot) = small().await;
    let gate = api.hold("sendMessage", 1);
    let slow = api.person(1).says("when is the library open");
    let fast = api.person(2).says("where can i park my car");
    api.reply(2).await;
    bot.logs("settled").await;
    assert_eq!(api.queued(), [slow.update, fast.update], "both unconfirmed");
    bot.killed().await;

    gate.add_permits(10);
    let _bot = Bot::start(&api, faq.path()).await;
    assert!(api.reply(1).await.text.contains(OPEN));
    api.confirmed(&[slow.update, fast.update]).await;
    assert_eq!((api.sent(1).len(), api.sent(2).len()), (1, 1));
}

#[tokio::test]
async fn a_kill_in_a_flood_loses_nobody() {
    let (api, faq, mut bot) = small().await;
    let gate = api.hold("sendMessage", 1);
    let flood: Vec<_> = (0..250)
        .map(|_| api.person(1).says("when is the library open"))
        .collect();
    let last = api.person(2).says("where can i park my car");
    assert!(api.reply(2).await.text.contains(PARKING));
    assert!(api.sent(1).is_empty());
    bot.killed().await;

    gate.add_permits(500);
    let _bot = Bot::start(&api, faq.path()).await;
    let mut updates: Vec<i64> = flood.iter().map(|asked| asked.update).collect();
    updates.push(last.update);
    api.confirmed(&updates).await;
    // Some had left Telegram's queue, and all that is known of them is where they stood. One
    // was being answered, twenty waited, and one got the plea to write one at a time; what was
    // passed over without a note of it may get an answer now.
    let replies = api
        .wait("a reply to each that was in hand", |inner| {
            let sent: Vec<_> = inner.sent.iter().filter(|it| it.chat == 1).collect();
            let unanswered = flood[..22].iter().filter(|asked| {
                let shows = |reply: &&&Sent| reply.replies_to == Some(asked.message);
                !sent.iter().any(|reply| shows(&reply))
            });
            // A first answer alone in its chat need not show its question.
            (unanswered.count() <= 1).then(|| sent.into_iter().cloned().collect::<Vec<_>>())
        })
        .await;
    let missed = replies.iter().filter(|it| it.text.contains(MISSED));
    assert!(missed.clone().count() > 0);
    assert!(missed.into_iter().all(|reply| reply.replies_to.is_some()));
}

#[tokio::test]
async fn what_is_owed_does_not_wait_for_the_next_question() {
    let (api, faq, mut bot) = small().await;
    let gate = api.hold("sendMessage", 1);
    let flood: Vec<_> = (0..250)
        .map(|_| api.person(1).says("when is the library open").update)
        .collect();
    // Telegram's queue is empty, so the next process's first poll brings nothing.
    api.confirmed(&flood).await;
    bot.killed().await;

    gate.add_permits(500);
    let _bot = Bot::start(&api, faq.path()).await;
    let missed = |inner: &mut Inner| {
        let sent = inner.sent.iter().filter(|it| it.text.contains(MISSED));
        (sent.count() >= 21).then_some(())
    };
    api.wait("a reply to each that was in hand", missed).await;
}

/// Two processes on one store; the first ends, the second goes on.
async fn takes_over(variables: &[(&str, &str)]) {
    let api = BotApi::start().await;
    let faq = Faq::small();
    let variables: Vec<_> = [("TELOXIDE_TOKEN", TOKEN)]
        .iter()
        .chain(variables)
        .copied()
        .collect();
    let mut first = Bot::launch(&api, faq.path(), &variables);
    api.polled().await;
    let second = Bot::launch(&api, faq.path(), &variables);
    second.logs("standing by").await;
    api.person(1).says("when is the library open");
    assert!(api.reply(1).await.text.contains(OPEN));
    // Between the reply and this a kill would cost a second copy.
    first.logs("settled").await;
    first.killed().await;
    api.person(1).says("where can i park my car");
    assert!(api.reply(1).await.text.contains(PARKING));
    assert!(!second.log().contains("stop one of the two"), "both polled");
}

#[tokio::test]
async fn a_second_process_stands_by_and_takes_over() {
    takes_over(&[]).await;
}

#[tokio::test]
async fn a_second_process_takes_over_on_postgres() {
    if let Some(url) = postgres::database().await {
        takes_over(&[("ASKWELL_DATABASE_URL", &url)]).await;
    }
}
