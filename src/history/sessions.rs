//! Sessionisation: from events to what the self-model is fed with, user by user.
