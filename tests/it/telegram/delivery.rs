//! Nothing is lost, and nothing doubled where that can be avoided.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::Semaphore;

use super::{OPEN, PARKING, small};
use crate::support::bot::Bot;
use crate::support::bot_api::{BotApi, Fault, Sent};

const DANGER: &str = "i want to kill myself";
/// The button under a crisis text.
const MEANT_ELSE: &str = "I meant something else";

/// Asks one question while sending goes wrong, and says how often the reply was accepted and
/// how often it was tried.
async fn accepted_and_tried(faults: impl IntoIterator<Item = Fault>) -> (usize, usize) {
    let (api, _faq, _bot) = small().await;
    api.fail("sendMessage", None, faults);
    let asked = api.person(1).says("when is the library open");
    assert!(api.reply(1).await.text.contains(OPEN));
    api.confirmed(&[asked.update]).await;
    (api.sent(1).len(), api.calls("sendMessage").len())
}

#[tokio::test]
async fn what_was_not_carried_out_is_tried_again() {
    let faults = [
        Fault::Code(500),
        Fault::Code(502),
        Fault::Page(502),
        Fault::Page(200),
        Fault::ResetBefore,
    ];
    assert_eq!(accepted_and_tried(faults).await, (1, 6));
}

#[tokio::test]
async fn a_refusal_of_the_bot_is_no_verdict_on_its_reply() {
    let faults = [404, 408, 409, 420].map(Fault::Code);
    assert_eq!(accepted_and_tried(faults).await, (1, 5));
    assert_eq!(
        accepted_and_tried([Fault::Refused("Logged out")]).await,
        (1, 2)
    );
}

#[tokio::test]
async fn a_token_that_was_taken_back_ends_the_bot_and_loses_nothing() {
    let (api, faq, mut bot) = small().await;
    api.fail("sendMessage", None, [Fault::Code(401)]);
    let asked = api.person(1).says(DANGER);
    let status = bot.ended().await;
    assert_eq!(status.code(), Some(1));
    assert!(bot.log().contains("refuses the bot token"), "{}", bot.log());
    assert_eq!(api.queued(), [asked.update]);
    let _bot = Bot::start(&api, faq.path()).await;
    api.reply(1).await.button(MEANT_ELSE);
    api.confirmed(&[asked.update]).await;
}

#[tokio::test]
async fn an_answer_cut_short_is_no_reason_to_send_again() {
    assert_eq!(accepted_and_tried([Fault::Truncated]).await, (1, 1));
    assert_eq!(accepted_and_tried([Fault::Cut]).await, (1, 1));
}

#[tokio::test]
async fn a_repeat_that_cannot_be_avoided_shows_its_question() {
    for fault in [Fault::ResetAfter, Fault::CodeAfter(500)] {
        let (api, _faq, _bot) = small().await;
        api.fail("sendMessage", None, [fault]);
        let asked = api.person(1).says("when is the library open");
        api.reply(1).await;
        let second = api.reply(1).await;
        assert_eq!(second.replies_to, Some(asked.message));
        assert_eq!(
            second.params["reply_parameters"]["allow_sending_without_reply"],
            true
        );
    }
}

#[tokio::test]
async fn nothing_is_sent_more_than_six_times() {
    let (api, _faq, _bot) = small().await;
    api.fail("sendMessage", None, (0..20).map(|_| Fault::ResetAfter));
    let asked = api.person(1).says("when is the library open");
    api.confirmed(&[asked.update]).await;
    assert_eq!(api.sent(1).len(), 6);
}

#[tokio::test]
async fn retry_after_is_kept_and_holds_only_its_chat() {
    let (api, _faq, _bot) = small().await;
    api.fail("sendMessage", Some(1), [Fault::TooMany(4)]);
    api.person(1).says("when is the library open");
    api.wait("the first try", |inner| {
        inner
            .calls
            .iter()
            .any(|call| call.method == "sendMessage")
            .then_some(())
    })
    .await;
    api.person(2).says("where can i park my car");
    assert!(api.reply(2).await.text.contains(PARKING));
    // In the order of events, so that a slow machine changes nothing.
    let tries = api.calls("sendMessage");
    let of_first = tries.iter().filter(|call| call.params["chat_id"] == 1);
    assert_eq!(of_first.count(), 1, "the other chat had to wait");
    api.reply(1).await;
    let tries: Vec<Instant> = api
        .calls("sendMessage")
        .iter()
        .filter(|call| call.params["chat_id"] == 1)
        .map(|call| call.at)
        .collect();
    assert_eq!(tries.len(), 2);
    assert!(
        tries[1] - tries[0] >= Duration::from_secs(4),
        "before its time"
    );
}

#[tokio::test]
async fn a_person_who_blocked_the_bot_holds_nothing_up() {
    let (api, _faq, _bot) = small().await;
    api.block(1);
    let asked = api.person(1).says("when is the library open");
    api.confirmed(&[asked.update]).await;
    assert_eq!(api.calls("sendMessage").len(), 1);
}

#[tokio::test]
async fn what_waits_for_a_person_who_blocked_the_bot_is_not_tried_one_by_one() {
    let (api, _faq, _bot) = small().await;
    let gate = api.hold("sendMessage", 1);
    let mut asked: Vec<_> = (0..6)
        .map(|_| api.person(1).says("when is the library open").update)
        .collect();
    api.wait("the first try", |inner| {
        inner
            .calls
            .iter()
            .find(|call| call.method == "sendMessage")
            .map(|_| ())
    })
    .await;
    // The others have come in by then.
    asked.push(api.person(2).says("where can i park my car").update);
    assert!(api.reply(2).await.text.contains(PARKING));
    api.block(1);
    gate.add_permits(10);
    api.confirmed(&asked).await;
    let tries = |chat: &str| {
        let calls = api.calls("sendMessage");
        calls
            .iter()
            .filter(|call| call.params["chat_id"].to_string().trim_matches('"') == chat)
            .count()
    };
    assert_eq!(tries("1"), 1);

    // Who writes again has opened the chat again.
    api.state().unblock(1);
    api.person(1).says("when is the library open");
    assert!(api.reply(1).await.text.contains(OPEN));
}

#[tokio::test]
async fn markup_that_telegram_refuses_goes_out_as_plain_text() {
    let (api, _faq, _bot) = small().await;
    let refused = Fault::Refused(
        "Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 1",
    );
    api.fail("sendMessage", None, [refused]);
    api.person(1).says("where can i park my car");
    let reply = api.reply(1).await;
    assert!(reply.text.contains("< 50 m & free"), "{reply:?}");
    assert_eq!(reply.params.get("parse_mode"), None);
}

#[tokio::test]
async fn a_part_that_telegram_refuses_does_not_take_the_reply_with_it() {
    let (api, _faq, _bot) = small().await;
    let topic = json!({"message_thread_id": 44, "is_topic_message": true, "text": "/help"});
    for words in ["message thread not found", "TOPIC_CLOSED"] {
        api.fail("sendMessage", None, [Fault::Refused(words)]);
        api.group(-100_500).sends(topic.clone());
        assert_eq!(api.reply(-100_500).await.topic, None, "{words}");
    }
    api.fail(
        "sendMessage",
        None,
        [Fault::Refused("Bad Request: BUTTON_DATA_INVALID")],
    );
    api.person(1).says("how do i renew my card");
    let offer = api.reply(1).await;
    assert!(offer.rows.is_empty(), "{offer:?}");
}

#[tokio::test]
async fn a_crisis_text_goes_out_bare_when_telegram_says_what_nobody_knows() {
    let (api, _faq, _bot) = small().await;
    let faults = [
        "Bad Request: BUTTON_DATA_INVALID",
        "Bad Request: ICON_INVALID",
    ];
    api.fail("sendMessage", None, faults.map(Fault::Refused));
    let asked = api.person(1).says(DANGER);
    let crisis = api.reply(1).await;
    assert!(crisis.rows.is_empty(), "{crisis:?}");
    api.confirmed(&[asked.update]).await;
    assert_eq!(api.calls("sendMessage").len(), 3);
}

#[tokio::test]
async fn a_reply_that_cannot_be_edited_is_sent_anew() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    let asked = ann.says("where can i park my car");
    let first = api.reply(1).await;
    api.fail(
        "editMessageText",
        None,
        [Fault::Refused("Bad Request: message can't be edited")],
    );
    ann.edits(asked, "when is the library open");
    let second = api.reply(1).await;
    assert!(
        second.id != first.id && second.text.contains(OPEN),
        "{second:?}"
    );
    // From now on the new one is the one that is edited.
    ann.edits(asked, "where can i park my car");
    let third = api.reply(1).await;
    assert!(
        third.id == second.id && third.text.contains(PARKING),
        "{third:?}"
    );
}

#[tokio::test]
async fn a_press_outside_any_chat_is_acknowledged() {
    let (api, _faq, _bot) = small().await;
    let query = json!({"id": "gone", "from": {"id": 1, "is_bot": false}, "inline_message_id": "x", "chat_instance": "1", "data": "parking"});
    let update = api.push(json!({"callback_query": query}));
    api.confirmed(&[update]).await;
    called(&api, "answerCallbackQuery").await;
    assert!(api.calls("sendMessage").is_empty());
}

#[tokio::test]
async fn polling_survives_whatever_comes() {
    let (api, _faq, _bot) = small().await;
    let faults = [
        Fault::Code(500),
        Fault::Page(502),
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::Truncated,
        Fault::Cut,
    ];
    api.fail("getUpdates", None, faults);
    let asked: Vec<i64> = (1..=20)
        .map(|chat| api.person(chat).says("when is the library open").update)
        .collect();
    api.confirmed(&asked).await;
    for chat in 1..=20 {
        assert_eq!(api.sent(chat).len(), 1, "chat {chat}");
    }
}

#[tokio::test]
async fn after_an_answer_that_cannot_be_read_fewer_updates_are_asked_for() {
    let (api, _faq, _bot) = small().await;
    api.fail(
        "getUpdates",
        None,
        [Fault::Truncated, Fault::Truncated, Fault::Fine],
    );
    for _ in 0..4 {
        api.person(1).says("when is the library open");
        assert!(api.reply(1).await.text.contains(OPEN));
    }
    api.wait("fewer to be asked for, and then more", |inner| {
        let polls = inner.calls.iter().filter(|it| it.method == "getUpdates");
        let limits: Vec<_> = polls.filter_map(|it| it.params["limit"].as_u64()).collect();
        let expected = [100, 50, 25, 50];
        limits.windows(4).any(|it| it == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_slow_chat_does_not_stall_the_others() {
    let (api, _faq, _bot) = small().await;
    let gate = api.hold("sendMessage", 1);
    let slow = api.person(1).says("when is the library open");
    // More than one getUpdates can bring while the slow one is unconfirmed.
    for chat in 2..=60 {
        api.person(chat).says("where can i park my car");
        api.reply(chat).await;
    }
    assert!(
        api.queued().contains(&slow.update),
        "it is not confirmed before it is answered"
    );
    gate.add_permits(1);
    api.reply(1).await;
    api.confirmed(&[slow.update]).await;
    assert_eq!(api.sent(1).len(), 1);
    for chat in 2..=60 {
        assert_eq!(api.sent(chat).len(), 1, "chat {chat}");
    }
}

#[tokio::test]
async fn a_flood_gets_a_bounded_answer_and_delays_only_itself() {
    let (api, _faq, _bot) = small().await;
    let gate = api.hold("sendMessage", 1);
    let ann = api.person(1);
    let mut flood: Vec<i64> = (0..250)
        .map(|_| ann.says("when is the library open").update)
        .collect();
    flood.push(ann.says(DANGER).update);
    api.person(2).says("where can i park my car");
    assert!(api.reply(2).await.text.contains(PARKING));
    assert!(api.sent(1).is_empty());
    gate.add_permits(250);
    api.confirmed(&flood).await;
    let sent = api
        .wait("all that is owed", |inner| {
            let sent = inner.sent.iter().filter(|sent| sent.chat == 1);
            let sent: Vec<Sent> = sent.cloned().collect();
            (sent.len() >= 23).then_some(sent)
        })
        .await;
    let pleas = |sent: &Sent| sent.text.contains("One at a time, please");
    assert_eq!(sent.iter().filter(|it| pleas(it)).count(), 1);
    // One was on its way, twenty waited.
    assert_eq!(sent.iter().filter(|it| it.text.contains(OPEN)).count(), 21);
    // The crisis text did not wait: it was held beside the first answer, by the same gate.
    let crisis = sent.iter().position(|it| it.labels() == [MEANT_ELSE]);
    assert!(crisis.is_some_and(|n| n < 2), "{crisis:?}");
    assert_eq!(sent.len(), 23);
    // When all is answered, the next question is one like any other.
    ann.says("where can i park my car");
    api.wait("the next answer", |inner| {
        let last = inner.sent.iter().rfind(|sent| sent.chat == 1)?;
        last.text.contains(PARKING).then_some(())
    })
    .await;
}

/// Waits until this method was called.
async fn called(api: &BotApi, method: &'static str) {
    api.wait(format!("a call of {method}"), move |inner| {
        let mut calls = inner.calls.iter();
        calls.any(|call| call.method == method).then_some(())
    })
    .await;
}

#[tokio::test]
async fn danger_waits_for_no_answer_that_hangs() {
    let (api, _faq, _bot) = small().await;
    let gate = Arc::new(Semaphore::new(0));
    api.fail("sendMessage", Some(1), [Fault::Wait(Arc::clone(&gate))]);
    let ann = api.person(1);
    let asked = ann.says("when is the library open");
    called(&api, "sendMessage").await;
    let danger = ann.says(DANGER);
    let crisis = api.reply(1).await;
    assert_eq!(crisis.replies_to, Some(danger.message));
    let held = api.queued();
    assert!(held.contains(&asked.update), "its answer is still held");
    gate.add_permits(1);
    assert!(api.reply(1).await.text.contains(OPEN));
    // What was learned beside the other answer is known after it.
    ann.presses(&crisis, MEANT_ELSE);
    let answer = api.reply(1).await;
    assert!(!answer.text.contains("no longer have"), "{answer:?}");
    api.confirmed(&[asked.update, danger.update]).await;
}

#[tokio::test]
async fn danger_waits_for_no_deletion() {
    let (api, _faq, _bot) = small().await;
    api.hold("deleteMessages", 1);
    let ann = api.person(1);
    ann.says("/forget");
    called(&api, "deleteMessages").await;
    ann.says(DANGER);
    api.reply(1).await.button(MEANT_ELSE);
}

#[tokio::test]
async fn danger_in_a_row_does_not_wait_for_danger() {
    let (api, _faq, _bot) = small().await;
    let gate = Arc::new(Semaphore::new(0));
    let held = || Fault::Wait(Arc::clone(&gate));
    api.fail("sendMessage", Some(1), [held(), held(), held()]);
    let ann = api.person(1);
    let asked: Vec<i64> = (0..4).map(|_| ann.says(DANGER).update).collect();
    api.reply(1).await.button(MEANT_ELSE);
    gate.add_permits(3);
    api.confirmed(&asked).await;
    assert_eq!(api.sent(1).len(), 4);
}

#[tokio::test]
async fn nothing_waits_for_the_sign_on_a_button() {
    let (api, _faq, _bot) = small().await;
    api.fail("answerCallbackQuery", None, [Fault::Hang]);
    let ann = api.person(1);
    ann.says("how do i renew my card");
    let offer = api.reply(1).await;
    let press = ann.presses(&offer, "red card");
    assert!(api.reply(1).await.text.contains("at the desk"));
    let asked = ann.says("when is the library open");
    assert!(api.reply(1).await.text.contains(OPEN));
    api.confirmed(&[press, asked.update]).await;
    assert_eq!(api.calls("answerCallbackQuery").len(), 1);
}

#[tokio::test]
async fn no_button_spins_and_no_wish_is_unheard_behind_a_flood() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    ann.says("how do i renew my card");
    let offer = api.reply(1).await;
    let gate = api.hold("sendMessage", 1);
    let mut flood: Vec<i64> = (0..21)
        .map(|_| ann.says("when is the library open").update)
        .collect();
    flood.extend((0..3).map(|_| ann.presses(&offer, "red card")));
    flood.extend((0..3).map(|_| ann.says("/forget").update));
    // While all of that is still unanswered.
    api.wait("every press to be acknowledged", |inner| {
        let calls = inner.calls.iter();
        let acknowledged = calls.filter(|call| call.method == "answerCallbackQuery");
        (acknowledged.count() == 3).then_some(())
    })
    .await;
    gate.add_permits(100);
    api.confirmed(&flood).await;
    let sent = api.sent(1);
    let forgotten = sent.iter().filter(|it| it.text.contains("48 hours"));
    assert_eq!(forgotten.count(), 1, "{sent:?}");
}

#[tokio::test]
async fn an_update_that_comes_twice_in_one_answer_is_answered_once() {
    let (api, _faq, _bot) = small().await;
    api.fail("getUpdates", None, (0..20).map(|_| Fault::Doubled));
    let asked: Vec<i64> = (0..5)
        .map(|_| api.person(1).says("when is the library open").update)
        .collect();
    api.confirmed(&asked).await;
    assert_eq!(api.sent(1).len(), 5);
}

#[tokio::test]
async fn several_floods_delay_nobody_else() {
    let (api, _faq, _bot) = small().await;
    let gates: Vec<_> = (1..=3).map(|chat| api.hold("sendMessage", chat)).collect();
    let says = |turn: i64| {
        let chat = api.person(turn / 40 + 1);
        chat.says("when is the library open").update
    };
    let flood: Vec<i64> = (0..3 * 40).map(says).collect();
    api.person(4).says("where can i park my car");
    assert!(api.reply(4).await.text.contains(PARKING));
    for gate in gates {
        gate.add_permits(30);
    }
    api.confirmed(&flood).await;
    api.wait("all that is owed", |inner| {
        (inner.sent.iter().filter(|sent| sent.chat < 4).count() == 3 * 22).then_some(())
    })
    .await;
}

#[tokio::test]
async fn waiting_does_not_spin() {
    let (api, _faq, _bot) = small().await;
    let gate = api.hold("sendMessage", 1);
    api.fail("sendMessage", Some(2), [Fault::TooMany(2)]);
    api.person(1).says("when is the library open");
    api.person(2).says("where can i park my car");
    api.reply(2).await;
    let n_polls = api.calls("getUpdates").len();
    assert!(n_polls < 40, "{n_polls} polls in two seconds of waiting");
    gate.add_permits(1);
    api.reply(1).await;
}

#[tokio::test]
async fn a_chat_is_answered_in_its_order() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    api.fail(
        "sendMessage",
        Some(1),
        [
            Fault::Fine,
            Fault::Code(500),
            Fault::Fine,
            Fault::ResetBefore,
        ],
    );
    for turn in 0..20 {
        ann.says(if turn % 2 == 0 {
            "when is the library open"
        } else {
            "where can i park my car"
        });
    }
    for turn in 0..20 {
        let reply = api.reply(1).await;
        let expected = if turn % 2 == 0 { OPEN } else { PARKING };
        assert!(reply.text.contains(expected), "turn {turn}: {reply:?}");
    }
}

#[tokio::test]
async fn sigterm_finishes_what_is_in_hand() {
    let (api, faq, mut bot) = small().await;
    let gate = api.hold("sendMessage", 1);
    let asked: Vec<i64> = (1..=5)
        .map(|chat| api.person(chat).says("when is the library open").update)
        .collect();
    for chat in 2..=5 {
        api.reply(chat).await;
    }
    let begin = Instant::now();
    bot.signal(nix::sys::signal::Signal::SIGTERM);
    bot.logs("stopping").await;
    let late = api.person(9).says("where can i park my car");
    gate.add_permits(1);
    let status = bot.ended().await;
    assert!(status.success(), "{status}");
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert!(
        asked
            .iter()
            .all(|update| api.state().confirmed.contains(update))
    );
    assert_eq!(
        api.queued(),
        [late.update],
        "what was not taken stays with Telegram"
    );

    let _bot = Bot::start(&api, faq.path()).await;
    api.confirmed(&[late.update]).await;
    for chat in [1, 2, 3, 4, 5, 9] {
        assert_eq!(api.sent(chat).len(), 1, "chat {chat}");
    }
}

#[tokio::test]
async fn sigterm_leaves_what_takes_too_long() {
    let (api, faq, mut bot) = small().await;
    api.hold("sendMessage", 1);
    let slow = api.person(1).says("when is the library open");
    api.wait("the send", |inner| {
        inner
            .calls
            .iter()
            .any(|call| call.method == "sendMessage")
            .then_some(())
    })
    .await;
    let begin = Instant::now();
    assert!(bot.terminated().await.success());
    assert!(begin.elapsed() < Duration::from_secs(11));
    assert_eq!(api.queued(), [slow.update]);

    api.state().clear_faults();
    let _bot = Bot::start(&api, faq.path()).await;
    assert!(api.reply(1).await.text.contains(OPEN));
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let (api, _faq, mut bot) = small().await;
    api.hold("sendMessage", 1);
    let slow = api.person(1).says("when is the library open");
    api.wait("the send", |inner| {
        inner
            .calls
            .iter()
            .any(|call| call.method == "sendMessage")
            .then_some(())
    })
    .await;
    let begin = Instant::now();
    bot.signal(nix::sys::signal::Signal::SIGINT);
    bot.logs("stopping").await;
    bot.signal(nix::sys::signal::Signal::SIGINT);
    bot.ended().await;
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert_eq!(api.queued(), [slow.update]);
}

#[tokio::test]
async fn a_killed_bot_answers_after_the_restart() {
    let (api, faq, mut bot) = small().await;
    api.hold("sendMessage", 1);
    let asked = api.person(1).says("when is the library open");
    api.wait("the send", |inner| {
        inner
            .calls
            .iter()
            .any(|call| call.method == "sendMessage")
            .then_some(())
    })
    .await;
    bot.killed().await;
    assert_eq!(api.queued(), [asked.update]);

    api.state().clear_faults();
    let _bot = Bot::start(&api, faq.path()).await;
    assert!(api.reply(1).await.text.contains(OPEN));
    api.confirmed(&[asked.update]).await;
    assert_eq!(api.sent(1).len(), 1);
}

#[tokio::test]
async fn updates_that_nobody_understands_are_passed_over() {
    let (api, _faq, bot) = small().await;
    let strange = [
        api.push(json!({"telepathy": {"from": {"id": 1}, "thought": "canary-in-a-thought"}})),
        api.push(json!({"message": {"text": ["canary-in-a-list"]}})),
        api.push(json!({})),
        api.push(json!({"my_chat_member": {"chat": {"id": 1, "type": "private"}}})),
        api.push(json!({"channel_post": {"message_id": 1, "chat": {"id": -1, "type": "channel"}, "text": "canary"}})),
    ];
    api.person(1).says("when is the library open");
    assert!(api.reply(1).await.text.contains(OPEN));
    api.confirmed(&strange).await;
    bot.logs("telepathy").await;
    assert!(!bot.log().contains("canary"), "{}", bot.log());
}

#[tokio::test]
async fn ids_that_start_anew_are_answered() {
    let (api, _faq, _bot) = small().await;
    let first = api.person(1).says("when is the library open");
    api.confirmed(&[first.update]).await;
    api.state().restart_ids(5);
    api.person(1).says("where can i park my car");
    api.reply(1).await;
    assert!(api.reply(1).await.text.contains(PARKING));
}
