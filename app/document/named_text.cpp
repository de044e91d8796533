// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/named_text.h"

#include "app/jobs/gui_thread.h"
#include "app/words/words.h"
#include "core/analyze/text/plain_text.h"
#include "core/files/io/file_stamp.h"

#include <map>
#include <mutex>
#include <optional>

namespace bitloom {

namespace {

/// Texts in use are few: one to calibrate, one to evaluate, one to fit by.
constexpr size_t kMostTexts = 8;

/// What was read before, and of which state of its file.
class ReadTexts {
public:
    std::optional<NamedText> find(const QString& path, const FileStamp& stamp)
    {
        const std::scoped_lock lock(m_mutex);
        const auto known = m_texts.find(path);
        return known == m_texts.end() || known->second.first != stamp
                   ? std::nullopt
                   : std::optional(known->second.second);
    }
    void keep(const QString& path, const FileStamp& stamp, const NamedText& text)
    {
        const std::scoped_lock lock(m_mutex);
        if (m_texts.size() >= kMostTexts)
            m_texts.clear();
        m_texts.insert_or_assign(path, std::pair(stamp, text));
    }

private:
    std::mutex m_mutex;
    std::map<QString, std::pair<FileStamp, NamedText>> m_texts;
};

ReadTexts& readTexts()
{
    static ReadTexts texts;
    return texts;
}

} // namespace

NamedText readNamedText(const QString& path)
{
    assertNotGuiThread("reading a text");
    const std::string file = path.toStdString();
    const std::optional<FileStamp> stamp = stampOf(file); // before it is read
    if (stamp)
        if (std::optional<NamedText> known = readTexts().find(path, *stamp))
            return *known;
    PlainText read = readPlainText(file);
    NamedText text{Corpus(std::move(read.text)), Words::fileTitle(path),
                   QString::fromStdString(read.note)};
    if (stamp)
        readTexts().keep(path, *stamp, text);
    return text;
}

} // namespace bitloom
