//! What a person sees in a private chat.

use serde_json::json;

use super::{OPEN, PARKING, small};
use crate::support::bot::{Bot, Faq};
use crate::support::bot_api::BotApi;

#[tokio::test]
async fn a_question_gets_its_answer_and_a_button_to_the_passage() {
    let api = BotApi::start().await;
    let faq = Faq::shipped();
    let _bot = Bot::start(&api, faq.path()).await;
    let ann = api.person(1);
    ann.says("will my partner be blamed");
    let reply = api.reply(1).await;
    let link = reply.button("Read the full article: ");
    assert!(
        link.url.as_ref().unwrap().starts_with("https://"),
        "{link:?}"
    );
    assert_eq!(reply.params["parse_mode"], "HTML");
    assert_eq!(
        reply.params["link_preview_options"],
        json!({"is_disabled": true})
    );
    assert_eq!(reply.replies_to, None);

    // The deep link to the entry shows the same text, so the answer was the right one.
    ann.says("/start faq-blame");
    assert_eq!(api.reply(1).await.text, reply.text);
}

#[tokio::test]
async fn a_typo_does_not_matter() {
    let (api, _faq, _bot) = small().await;
    api.person(1).says("when is the libary opne");
    assert!(api.reply(1).await.text.contains(OPEN));
}

#[tokio::test]
async fn why_tells_in_plain_words_how_the_answer_came() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    ann.says("/why");
    assert!(api.reply(1).await.text.contains("Ask me something"));
    ann.says("when is the libary opne");
    api.reply(1).await;
    ann.says("/why");
    let why = api.reply(1).await.text;
    assert!(why.contains("I read “libary” as “library”."), "{why}");
    assert!(why.contains("% sure that “"), "{why}");
    // Nothing of Ann's in another chat.
    api.person(2).says("/why");
    assert!(api.reply(2).await.text.contains("Ask me something"));
}

#[tokio::test]
async fn two_close_entries_are_offered_and_a_tap_chooses() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    ann.says("how do i renew my card");
    let offer = api.reply(1).await;
    offer.button("None of these");
    let update = ann.presses(&offer, "red card");
    let answer = api.reply(1).await;
    assert!(answer.text.contains("at the desk"), "{answer:?}");
    assert!(
        !answer.edited,
        "the offer stays, so that another choice can be made"
    );
    api.confirmed(&[update]).await;
    assert_eq!(api.calls("answerCallbackQuery").len(), 1);
}

#[tokio::test]
async fn two_close_entries_are_offered_and_a_number_chooses() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    ann.says("how do i renew my card");
    let offer = api.reply(1).await;
    let second = offer.labels()[1].to_owned();
    ann.says("2");
    let answer = api.reply(1).await;
    ann.presses(&offer, &second);
    assert_eq!(api.reply(1).await.text, answer.text);

    ann.says("how do i renew my card");
    api.reply(1).await;
    ann.says("none");
    let none = api.reply(1).await;
    assert!(!none.text.contains("cards"), "{none:?}");
}

#[tokio::test]
async fn a_button_works_after_a_restart() {
    let (api, faq, mut bot) = small().await;
    let ann = api.person(1);
    ann.says("how do i renew my card");
    let offer = api.reply(1).await;
    bot.terminated().await;
    let _bot = Bot::start(&api, faq.path()).await;
    ann.presses(&offer, "blue card");
    assert!(api.reply(1).await.text.contains("renew themselves"));
}

#[tokio::test]
async fn a_press_that_telegram_repeats_is_answered_once() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    ann.says("how do i renew my card");
    let offer = api.reply(1).await;
    let first = ann.presses(&offer, "blue card");
    api.reply(1).await;
    api.confirmed(&[first]).await;
    let again = api.repeat_press();
    api.confirmed(&[again]).await;
    assert_eq!(api.sent(1).len(), 2);
    api.wait("both to be acknowledged", |inner| {
        let calls = inner.calls.iter();
        let acknowledged = calls.filter(|call| call.method == "answerCallbackQuery");
        (acknowledged.count() == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn topics_turn_their_pages_in_place() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    ann.says("/topics");
    let topics = api.reply(1).await;
    ann.presses_data(&topics, ":topics/0");
    // The same page again: Telegram says that nothing is modified, which is no failure.
    let update = ann.presses_data(&topics, ":topics/0");
    api.confirmed(&[update]).await;
    assert_eq!(api.sent(1).len(), 1);
    assert!(api.calls("editMessageText").len() >= 2);
}

#[tokio::test]
async fn a_deep_link_opens_its_entry() {
    let (api, _faq, _bot) = small().await;
    api.person(1).says("/start parking");
    let reply = api.reply(1).await;
    assert!(
        reply.text.contains("Behind the house, < 50 m & free."),
        "{reply:?}"
    );
}

#[tokio::test]
async fn an_edited_question_edits_its_reply() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    let asked = ann.says("where can i park my car");
    let first = api.reply(1).await;
    assert!(first.text.contains(PARKING));
    ann.edits(asked, "when is the library open");
    let second = api.reply(1).await;
    assert!(
        second.edited && second.id == first.id && second.text.contains(OPEN),
        "{second:?}"
    );
    // An edit that changes nothing is settled without a second reply.
    let same = ann.edits(asked, "when is the library open");
    api.confirmed(&[same.update]).await;
    assert_eq!(api.sent(1).len(), 2);
}

#[tokio::test]
async fn no_reply_points_to_an_answer_that_is_or_will_be_gone() {
    const TOLD: &str = "What I showed you last";
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    let asked = ann.says("where can i park my car");
    let first = api.reply(1).await;
    assert!(first.text.contains(PARKING));
    ann.says("and where is that?");
    assert!(api.reply(1).await.text.contains(TOLD));
    ann.edits(asked, "and where is that?");
    let edited = api.reply(1).await;
    assert!(edited.edited && edited.id == first.id, "{edited:?}");
    assert!(!edited.text.contains(TOLD), "{edited:?}");

    ann.says("/quiet 10");
    api.reply(1).await;
    ann.says("where can i park my car");
    api.reply(1).await;
    ann.says("and where is that?");
    assert!(!api.reply(1).await.text.contains(TOLD));
}

#[tokio::test]
async fn a_crisis_text_stays_whatever_its_message_is_edited_to() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    let said = ann.says("i want to die");
    let crisis = api.reply(1).await;
    ann.edits(said, "when is the library open");
    let answer = api.reply(1).await;
    assert!(
        !answer.edited && answer.id != crisis.id && answer.text.contains(OPEN),
        "{answer:?}"
    );
}

#[tokio::test]
async fn topics_stand_below_what_offered_them() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    ann.says("who won the football cup");
    let no_answer = api.reply(1).await;
    ann.presses_data(&no_answer, ":topics");
    let topics = api.reply(1).await;
    assert!(!topics.edited && topics.id != no_answer.id, "{topics:?}");
}

#[tokio::test]
async fn an_edit_of_an_unknown_question_is_answered_anew() {
    let (api, faq, mut bot) = small().await;
    let ann = api.person(1);
    let asked = ann.says("where can i park my car");
    api.reply(1).await;
    bot.terminated().await;
    let _bot = Bot::start(&api, faq.path()).await;
    ann.edits(asked, "when is the library open");
    let reply = api.reply(1).await;
    assert!(!reply.edited && reply.text.contains(OPEN), "{reply:?}");
}

#[tokio::test]
async fn a_caption_is_the_question() {
    let (api, _faq, _bot) = small().await;
    let photo = json!([{"file_id": "x", "file_unique_id": "y", "width": 1, "height": 1}]);
    api.person(1)
        .sends(json!({"photo": photo, "caption": "when is the library open"}));
    assert!(api.reply(1).await.text.contains(OPEN));
}

#[tokio::test]
async fn an_album_is_answered_once() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    ann.sends(json!({"photo": [{}], "media_group_id": "a", "caption": "when is the library open"}));
    ann.sends(json!({"photo": [{}], "media_group_id": "a"}));
    let last = ann.sends(json!({"photo": [{}], "media_group_id": "a"}));
    api.confirmed(&[last.update]).await;
    assert_eq!(api.sent(1).len(), 1);
}

#[tokio::test]
async fn a_message_without_words_gets_a_fitting_line() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    for (fields, word) in [
        (json!({"sticker": {"file_id": "x"}}), "sticker"),
        (json!({"voice": {"file_id": "x"}}), "voice"),
        (json!({"photo": [{}]}), "picture"),
        (
            json!({"location": {"latitude": 1, "longitude": 2}, "venue": {}}),
            "location",
        ),
    ] {
        ann.sends(fields);
        let reply = api.reply(1).await;
        assert!(reply.text.contains(word), "{word}: {reply:?}");
    }
}

#[tokio::test]
async fn an_entity_that_nobody_knows_does_not_hide_the_question() {
    let (api, _faq, _bot) = small().await;
    let entity = json!({"type": "hologram", "offset": 0, "length": 4, "shape": {"sides": 5}});
    api.person(1)
        .sends(json!({"text": "when is the library open", "entities": [entity]}));
    assert!(api.reply(1).await.text.contains(OPEN));
}
