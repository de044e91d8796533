// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"
#include "core/files/io/fingerprint.h"
#include "core/network/tokenizers/tokenizer.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bitloom {

/// A piece of text as the network sees it. Position i predicts token i + 1; tokens before
/// `firstScored` are context only (BOS, or the first half of a window). A sentence that is read
/// whole (Graph::readsWholeTexts) is one prediction.
struct Window {
    std::vector<int32_t> tokens;
    int64_t firstScored = 1;
    int64_t predictions() const { return static_cast<int64_t>(tokens.size()) - firstScored; }
    bool operator==(const Window&) const = default;
};

/// Tokens of a window when nobody says how many: the whole context, but no more than `most`, for a
/// window of a hundred thousand tokens takes hours.
constexpr int64_t kUsualWindow = 512;
int64_t usualWindow(int64_t modelContext, int64_t most = kUsualWindow);

/// How text becomes windows.
struct TextSettings {
    int64_t context = 0; ///< tokens a window, BOS included; 0: usualWindow, but the whole context
                         ///< for documents
    int64_t windows = 0; ///< at most so many; 0: all
    std::string
        separator; ///< not empty: documents split here, stripped, each BOS + tokens cut at context
    bool lines = false;      ///< every line is a document, with EOS behind it where there is one
    bool secondHalf = false; ///< llama-perplexity's protocol: score the second half of each window
};

/// The tokens of a whole text, with those that begin and end it or without.
using KnownTokens = std::function<std::vector<int32_t>(bool withSpecial)>;

/// Non-overlapping windows: BOS + (context − 1) tokens each; an incomplete last one is dropped.
/// Second half: windows of `context` tokens of the text's tokens (the first replaced by BOS),
/// scored from context/2 on, as llama-perplexity does. Without a BOS in the tokenizer the first
/// token of a window is context only. Error when not one window comes out. `dropped` receives the
/// characters that the tokenizer left out (Tokenizer::dropped). `known` stands for encoding the
/// whole text, where that was done before.
std::vector<Window> makeWindows(const Tokenizer& tokenizer, const std::string& text,
                                int64_t modelContext, const TextSettings& settings,
                                int64_t* dropped = nullptr, const KnownTokens& known = {});

/// Adds all that the windows say to a key.
void addTo(Fingerprint& key, const std::vector<Window>& windows);
/// Positions of the longest.
int64_t longestOf(const std::vector<Window>& windows);

/// Tells people that `done` of `all` windows are done.
void reportWindows(Progress& progress, size_t done, size_t all);

/// The stretch of a progress over all windows that [done, done + count) take.
ProgressSpan spanOf(Progress& progress, size_t done, size_t count, size_t all);

/// True when the two texts share a stretch: hashes of every line (of 40 or more bytes) are
/// compared, and of the whole.
bool textsOverlap(const std::string& a, const std::string& b);

} // namespace bitloom
