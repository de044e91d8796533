// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/tokenizers/tokenizer.h"

#include <cstdint>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bitloom {

/// Ids by token text. The views point into the TokenizerData it was made from.
using Vocabulary = std::unordered_map<std::string_view, int32_t>;
Vocabulary makeVocabulary(const TokenizerData& data);

/// Which two neighbouring tokens join into which, lowest rank first.
class MergeTable {
public:
    struct Merge {
        int32_t rank = 0;
        int32_t token = -1;
    };
    /// From data.merges, or where there are none from data.scores: two tokens join when a token has
    /// their joint text, ranked by that token's score (SentencePiece's rule). Error when a merge
    /// names a token that does not exist.
    MergeTable(const TokenizerData& data, const Vocabulary& vocabulary);

    /// nullptr: they never join.
    const Merge* find(int32_t left, int32_t right) const;

private:
    void addRanked(const TokenizerData& data, const Vocabulary& vocabulary);
    void addScored(const TokenizerData& data, const Vocabulary& vocabulary);
    void add(int32_t left, int32_t right, Merge merge);
    size_t slotOf(int32_t left, int32_t right) const;
    void grow();

    /// Open addressing: encoding spends most of its time looking pairs up.
    struct Entry {
        int32_t left = -1;
        int32_t right = -1;
        Merge merge;
    };
    std::vector<Entry> m_entries = std::vector<Entry>(64);
    size_t m_used = 0;
};

/// The parts of a merge entry.
struct MergeParts {
    std::string_view left;
    std::string_view right;
};
/// Error unless it is two tokens with the separator (TokenizerData) between.
MergeParts mergeParts(const std::string& merge, char separator);

/// Joins symbols until nothing joins any more, always the lowest rank first and of equals the
/// leftmost: O(n log n) by a heap over a linked list. Keeps its memory between calls.
class Merger {
public:
    explicit Merger(const MergeTable& table)
        : m_table(table)
    {
    }
    /// Replaces `symbols`.
    void apply(std::vector<int32_t>& symbols);

private:
    struct Candidate {
        int32_t rank;
        int32_t token;
        size_t position;
        bool operator>(const Candidate& other) const
        {
            return rank != other.rank ? rank > other.rank : position > other.position;
        }
    };
    void offer(const std::vector<int32_t>& symbols, size_t left);
    void join(std::vector<int32_t>& symbols, const Candidate& candidate);

    const MergeTable& m_table;
    std::vector<size_t> m_next;
    std::vector<size_t> m_previous;
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> m_queue;
};

} // namespace bitloom
