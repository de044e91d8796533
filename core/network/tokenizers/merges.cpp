// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/merges.h"

#include "core/base/error.h"
#include "core/network/tokenizers/utf8.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace bitloom {

namespace {

constexpr size_t kNone = std::numeric_limits<size_t>::max();
constexpr int32_t kGone = -1;

int32_t tokenNamed(const Vocabulary& vocabulary, std::string_view text, size_t merge)
{
    const auto token = vocabulary.find(text);
    if (token == vocabulary.end())
        throw Error("tokenizer", "merge " + std::to_string(merge) + " needs the token '" +
                                     repairedUtf8(text.substr(0, 60)) +
                                     "', which the vocabulary lacks");
    return token->second;
}

/// Rank of every token by score, best first; equal scores share a rank.
std::vector<int32_t> ranksByScore(const std::vector<double>& scores)
{
    std::vector<int32_t> order(scores.size());
    std::iota(order.begin(), order.end(), 0);
    const auto score = [&](int32_t id) { return scores[static_cast<size_t>(id)]; };
    std::stable_sort(order.begin(), order.end(),
                     [&](int32_t a, int32_t b) { return score(a) > score(b); });
    std::vector<int32_t> ranks(scores.size());
    int32_t rank = 0;
    for (size_t i = 0; i < order.size(); ++i) {
        if (i > 0 && score(order[i]) != score(order[i - 1]))
            ++rank;
        ranks[static_cast<size_t>(order[i])] = rank;
    }
    return ranks;
}

} // namespace

Vocabulary makeVocabulary(const TokenizerData& data)
{
    Vocabulary vocabulary;
    vocabulary.reserve(data.tokens.size());
    for (size_t id = 0; id < data.tokens.size(); ++id) {
        if (data.types[id] != TokenType::Unused)
            vocabulary.emplace(data.tokens[id], static_cast<int32_t>(id));
    }
    return vocabulary;
}

MergeParts mergeParts(const std::string& merge, char separator)
{
    const std::string_view text = merge;
    const size_t blank = text.find(separator);
    if (blank == 0 || blank == std::string_view::npos || blank + 1 == text.size())
        throw Error("tokenizer", "the merge '" + repairedUtf8(text.substr(0, 60)) +
                                     "' is not two tokens with a blank between");
    return {text.substr(0, blank), text.substr(blank + 1)};
}

MergeTable::MergeTable(const TokenizerData& data, const Vocabulary& vocabulary)
{
    if (data.merges.empty() && !data.scores.empty())
        addScored(data, vocabulary);
    else
        addRanked(data, vocabulary);
}

void MergeTable::addRanked(const TokenizerData& data, const Vocabulary& vocabulary)
{
    std::string joint;
    for (size_t rank = 0; rank < data.merges.size(); ++rank) {
        const MergeParts parts = mergeParts(data.merges[rank], data.mergeSeparator);
        joint.assign(parts.left).append(parts.right);
        add(tokenNamed(vocabulary, parts.left, rank), tokenNamed(vocabulary, parts.right, rank),
            {static_cast<int32_t>(rank), tokenNamed(vocabulary, joint, rank)});
    }
}

void MergeTable::addScored(const TokenizerData& data, const Vocabulary& vocabulary)
{
    const std::vector<int32_t> ranks = ranksByScore(data.scores);
    for (const auto& [text, id] : vocabulary) {
        for (auto at = static_cast<size_t>(utf8Step(text).length); at > 0 && at < text.size();
             at += static_cast<size_t>(std::max(1, utf8Step(text.substr(at)).length))) {
            const auto left = vocabulary.find(text.substr(0, at));
            const auto right = vocabulary.find(text.substr(at));
            if (left != vocabulary.end() && right != vocabulary.end())
                add(left->second, right->second, {ranks[static_cast<size_t>(id)], id});
        }
    }
}

size_t MergeTable::slotOf(int32_t left, int32_t right) const
{
    const uint64_t pair =
        (static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32) | static_cast<uint32_t>(right);
    const size_t mask = m_entries.size() - 1;
    size_t slot = (pair * 0x9E3779B97F4A7C15ULL >> 32) & mask;
    while (m_entries[slot].left >= 0 &&
           (m_entries[slot].left != left || m_entries[slot].right != right))
        slot = (slot + 1) & mask;
    return slot;
}

void MergeTable::add(int32_t left, int32_t right, Merge merge)
{
    Entry& entry = m_entries[slotOf(left, right)];
    const bool isNew = entry.left < 0;
    entry = {left, right, merge};
    if (isNew && ++m_used * 2 > m_entries.size())
        grow();
}

void MergeTable::grow()
{
    std::vector<Entry> old(m_entries.size() * 2);
    old.swap(m_entries);
    for (const Entry& entry : old) {
        if (entry.left >= 0)
            m_entries[slotOf(entry.left, entry.right)] = entry;
    }
}

const MergeTable::Merge* MergeTable::find(int32_t left, int32_t right) const
{
    const Entry& entry = m_entries[slotOf(left, right)];
    return entry.left < 0 ? nullptr : &entry.merge;
}

void Merger::offer(const std::vector<int32_t>& symbols, size_t left)
{
    if (left == kNone || m_next[left] == kNone)
        return;
    if (const auto* merge = m_table.find(symbols[left], symbols[m_next[left]]))
        m_queue.push({merge->rank, merge->token, left});
}

void Merger::join(std::vector<int32_t>& symbols, const Candidate& candidate)
{
    const size_t left = candidate.position;
    const size_t right = m_next[left];
    symbols[left] = candidate.token;
    symbols[right] = kGone;
    m_next[left] = m_next[right];
    if (m_next[left] != kNone)
        m_previous[m_next[left]] = left;
    offer(symbols, m_previous[left]);
    offer(symbols, left);
}

void Merger::apply(std::vector<int32_t>& symbols)
{
    const size_t count = symbols.size();
    if (count < 2)
        return;
    m_next.resize(count);
    m_previous.resize(count);
    for (size_t i = 0; i < count; ++i) {
        m_next[i] = i + 1 < count ? i + 1 : kNone;
        m_previous[i] = i > 0 ? i - 1 : kNone;
    }
    for (size_t i = 0; i + 1 < count; ++i)
        offer(symbols, i);
    while (!m_queue.empty()) {
        const Candidate candidate = m_queue.top();
        m_queue.pop();
        const size_t left = candidate.position;
        if (symbols[left] == kGone || m_next[left] == kNone)
            continue;
        // A candidate is stale when one of its sides has become another token meanwhile.
        const auto* merge = m_table.find(symbols[left], symbols[m_next[left]]);
        if (merge && merge->token == candidate.token && merge->rank == candidate.rank)
            join(symbols, candidate);
    }
    std::erase(symbols, kGone);
}

} // namespace bitloom
