// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/text/text.h"

#include "core/analyze/text/stripped.h"
#include "core/base/error.h"
#include "core/network/graph/graph.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_set>

namespace bitloom {
namespace {

/// Shorter lines ("said the fox.") occur in unrelated texts.
constexpr size_t kTellingLine = 40;

/// Calls `visit` with each stripped, non-empty piece; `visit` returns false to end.
template <typename Visit>
void forEachPiece(std::string_view text, std::string_view separator, const Visit& visit)
{
    for (size_t from = 0; from <= text.size();) {
        const size_t end = std::min(text.find(separator, from), text.size());
        const std::string_view piece = stripped(text.substr(from, end - from));
        if (!piece.empty() && !visit(piece))
            return;
        from = end + separator.size();
    }
}

class WindowList {
public:
    WindowList(int64_t context, int64_t most)
        : m_context(context)
        , m_most(most)
    {
    }
    bool full() const { return m_most > 0 && static_cast<int64_t>(m_windows.size()) >= m_most; }
    void add(std::vector<int32_t> tokens, int64_t firstScored)
    {
        Window window{std::move(tokens), firstScored};
        if (window.predictions() > 0)
            m_windows.push_back(std::move(window));
    }
    int64_t context() const { return m_context; }
    std::vector<Window> take() { return std::move(m_windows); }

private:
    int64_t m_context;
    int64_t m_most;
    std::vector<Window> m_windows;
};

/// Encodes, and counts the characters that are left out.
class Encoder {
public:
    Encoder(const Tokenizer& tokenizer, const KnownTokens& known)
        : m_tokenizer(tokenizer)
        , m_known(known)
    {
    }
    std::vector<int32_t> encodeAll(const std::string& text, bool withSpecial)
    {
        if (!m_known)
            return encode(text, withSpecial);
        m_dropped += m_tokenizer.dropped(text);
        return m_known(withSpecial);
    }
    std::vector<int32_t> encode(std::string_view text, bool withSpecial)
    {
        m_dropped += m_tokenizer.dropped(text);
        return m_tokenizer.encode(text, withSpecial);
    }
    const TokenizerData& data() const { return m_tokenizer.data(); }
    int64_t dropped() const { return m_dropped; }

private:
    const Tokenizer& m_tokenizer;
    const KnownTokens& m_known;
    int64_t m_dropped = 0;
};

void addDocuments(WindowList& list, Encoder& tokenizer, const std::string& text,
                  const std::string& separator, bool predictEnd)
{
    const TokenizerData& data = tokenizer.data();
    forEachPiece(text, separator, [&](std::string_view document) {
        std::vector<int32_t> tokens = tokenizer.encode(document, false);
        if (data.startsWithBos())
            tokens.insert(tokens.begin(), data.bos);
        if (predictEnd && data.endOfSequence >= 0)
            tokens.push_back(data.endOfSequence);
        if (static_cast<int64_t>(tokens.size()) > list.context())
            tokens.resize(static_cast<size_t>(list.context()));
        list.add(std::move(tokens), 1);
        return !list.full();
    });
}

void addPlain(WindowList& list, Encoder& tokenizer, const std::string& text)
{
    const std::vector<int32_t> tokens = tokenizer.encodeAll(text, false);
    const bool bos = tokenizer.data().startsWithBos();
    const int64_t fresh = list.context() - (bos ? 1 : 0);
    const int64_t count = static_cast<int64_t>(tokens.size()) / fresh;
    for (int64_t w = 0; w < count && !list.full(); ++w) {
        std::vector<int32_t> window(tokens.begin() + w * fresh, tokens.begin() + (w + 1) * fresh);
        if (bos)
            window.insert(window.begin(), tokenizer.data().bos);
        list.add(std::move(window), 1);
    }
}

void addSecondHalves(WindowList& list, Encoder& tokenizer, const std::string& text)
{
    std::vector<int32_t> tokens = tokenizer.encodeAll(text, true);
    if (tokenizer.data().startsWithBos() && !tokenizer.data().addBos)
        tokens.insert(tokens.begin(), tokenizer.data().bos);
    const int64_t context = list.context();
    const int64_t count = static_cast<int64_t>(tokens.size()) / context;
    for (int64_t w = 0; w < count && !list.full(); ++w) {
        std::vector<int32_t> window(tokens.begin() + w * context,
                                    tokens.begin() + (w + 1) * context);
        if (tokenizer.data().startsWithBos())
            window.front() = tokenizer.data().bos;
        list.add(std::move(window), context / 2 + 1);
    }
}

[[noreturn]] void refuseShort(const Tokenizer& tokenizer, const std::string& text, int64_t context,
                              bool documents)
{
    const std::string length = "the text (" + std::to_string(text.size()) + " bytes, " +
                               std::to_string(tokenizer.encode(text, false).size()) + " tokens) ";
    if (documents)
        throw Error("text", length + "holds no document of two tokens or more");
    throw Error("text", length + "is too short for one window of " + std::to_string(context) +
                            " tokens; take a longer text or a smaller window (--context, in the "
                            "window Preferences)");
}

using LineHashes = std::unordered_set<size_t>;

LineHashes tellingLines(const std::string& text)
{
    LineHashes hashes;
    forEachPiece(text, "\n", [&](std::string_view line) {
        if (line.size() >= kTellingLine)
            hashes.insert(std::hash<std::string_view>()(line));
        return true;
    });
    return hashes;
}

} // namespace

int64_t usualWindow(int64_t modelContext, int64_t most)
{
    return std::min(most, defaultWindow(modelContext));
}

std::vector<Window> makeWindows(const Tokenizer& tokenizer, const std::string& text,
                                int64_t modelContext, const TextSettings& settings,
                                int64_t* dropped, const KnownTokens& known)
{
    const bool documents = settings.lines || !settings.separator.empty();
    const int64_t usual = documents ? modelContext : usualWindow(modelContext);
    const int64_t context = settings.context > 0 ? settings.context : usual;
    if (context < 2 || context > modelContext)
        throw Error("text", "a window of " + std::to_string(context) +
                                " tokens does not fit this model, which takes 2 to " +
                                std::to_string(modelContext));
    WindowList list(context, settings.windows);
    Encoder encoder(tokenizer, known);
    if (documents)
        addDocuments(list, encoder, text, settings.lines ? "\n" : settings.separator,
                     settings.lines);
    else if (settings.secondHalf)
        addSecondHalves(list, encoder, text);
    else
        addPlain(list, encoder, text);
    if (dropped)
        *dropped = encoder.dropped();
    std::vector<Window> windows = list.take();
    if (windows.empty())
        refuseShort(tokenizer, text, context, documents);
    return windows;
}

void addTo(Fingerprint& key, const std::vector<Window>& windows)
{
    key.add(static_cast<int64_t>(windows.size()));
    for (const Window& window : windows) {
        key.add(window.firstScored);
        key.add(static_cast<int64_t>(window.tokens.size()));
        key.add(std::as_bytes(std::span(window.tokens)));
    }
}

int64_t longestOf(const std::vector<Window>& windows)
{
    size_t longest = 0;
    for (const Window& window : windows)
        longest = std::max(longest, window.tokens.size());
    return static_cast<int64_t>(longest);
}

void reportWindows(Progress& progress, size_t done, size_t all)
{
    progress.report(static_cast<double>(done) / static_cast<double>(all),
                    "window " + std::to_string(done) + " of " + std::to_string(all));
}

ProgressSpan spanOf(Progress& progress, size_t done, size_t count, size_t all)
{
    const auto share = [&](size_t windows) {
        return static_cast<double>(windows) / static_cast<double>(all);
    };
    return {progress, share(done), share(done + count)};
}

bool textsOverlap(const std::string& a, const std::string& b)
{
    if (!stripped(a).empty() && stripped(a) == stripped(b))
        return true;
    const LineHashes first = tellingLines(a);
    const LineHashes second = tellingLines(b);
    return std::any_of(second.begin(), second.end(),
                       [&](size_t hash) { return first.contains(hash); });
}

} // namespace bitloom
