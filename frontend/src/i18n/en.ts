/* Words of the shared components. Plain and short; a new one needs a reader who is in a hurry. */
export const en = {
  'account.email': 'E-mail address',
  'account.forgot': 'Forgot your password?',
  'account.name': 'Your name',
  'account.password': 'Password',
  'account.password_hint': 'At least 8 characters. A few words in a row are good.',
  'account.sign_in': 'Sign in',
  'account.sign_up': 'Make an account',
  'account.to_sign_in': 'I have an account',
  'account.to_sign_up': 'Make an account',

  'api.unexpected': 'Something went wrong on the server. Try again in a moment.',
  'api.unreachable': 'The server cannot be reached. Check your connection.',

  'window.expired': 'The reply window is over. You can answer when {name} writes again.',
  'window.left': 'You can reply for {left}',

  'card.image': 'Picture from {name}',

  'composer.cancel_edit': 'Cancel editing',
  'composer.editing': 'Editing your message',
  'composer.label': 'Write a message',
  'composer.placeholder': 'Message {name}',
  'composer.save': 'Save',
  'composer.send': 'Send',

  'greeting.replies_hint': 'Pick one to begin, or write your own.',
  'greeting.start': 'Get started',

  'kind.verified': 'Verified business',

  'list.earlier': 'Show earlier messages',
  'list.label': 'Messages with {name}',
  'list.loading': 'Loading earlier messages',
  'list.new': { one: '{count} new message', other: '{count} new messages' },
  'list.to_end': 'Go to the newest message',
  'list.unread': 'New',
  'list.you': 'You',

  'message.copy': 'Copy text',
  'message.discard': 'Delete',
  'message.edit': 'Edit',
  'message.edited': 'Edited',
  'message.failed': 'Not sent, tap to retry',
  'message.menu': 'Message actions',
  'message.unsend': 'Unsend',
  'message.unsent_mine': 'You unsent a message',
  'message.unsent_theirs': '{name} unsent a message',

  'replies.label': 'Suggested replies',

  'sponsored.ads_off': 'Turn all adverts off',
  'sponsored.block': 'Block {name}',
  'sponsored.close': 'Close',
  'sponsored.from': 'Sponsored message from {name}',
  'sponsored.loading': 'Looking up the reasons',
  'sponsored.on_behalf': 'Paid for by {payer}, on behalf of {beneficiary}.',
  'sponsored.paid': 'Paid for by {payer}.',
  'sponsored.private': 'They never see who you chat with, or what you write to others.',
  'sponsored.reasons': 'You see it because:',
  'sponsored.reasons_failed': 'The reasons could not be loaded.',
  'sponsored.report': 'Report this advert',
  'sponsored.stop': 'Stop offers from {name}',
  'sponsored.tag': 'Sponsored',
  'sponsored.why': 'Why am I seeing this?',

  'status.delivered': 'Delivered',
  'status.failed': 'Not sent',
  'status.read': 'Read',
  'status.sending': 'Sending',
  'status.sent': 'Sent',

  'stop.done': 'You get no more offers from {name}. You can still write to each other.',
  'stop.undo': 'Undo',

  'time.days': { one: '{count} day', other: '{count} days' },
  'time.hours': { one: '{count} hour', other: '{count} hours' },
  'time.minutes': { one: '{count} minute', other: '{count} minutes' },

  'typing.one': '{name} is typing',

  'ui.back': 'Back',
  'ui.close': 'Close',
  'ui.copied': 'Copied',
  'ui.copy': 'Copy',
  'ui.dismiss': 'Dismiss',

  'ui.loading': 'Loading',
  'ui.not_loaded': 'This could not be loaded',
  'ui.optional': 'Optional',
  'ui.places': 'Places',
  'ui.retry': 'Try again',
  'ui.table': 'Show as table',
  'ui.time': 'Time',
  'ui.table_of': 'Table of {name}',

  'offline.connecting': 'Connecting…',
  'offline.offline': 'You are offline. Messages are kept and sent later.',
  'offline.device': 'You are offline.',
} as const;
