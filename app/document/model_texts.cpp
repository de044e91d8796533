// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/model_texts.h"

#include "app/words/words.h"
#include "core/workbench/session/text_match.h"

#include <QSettings>

#include <utility>

namespace bitloom {

namespace {

constexpr std::array kUses = {TextUse::Calibration, TextUse::Evaluation};

QString tagOf(TextUse use)
{
    return use == TextUse::Calibration ? "calibrationText" : "evaluationText";
}

QString& pathOf(AnalysisSettings& settings, TextUse use)
{
    return use == TextUse::Calibration ? settings.calibrationPath : settings.evaluationPath;
}

QString settingOf(const QString& identity, TextUse use)
{
    return "texts/" + identity + "/" + tagOf(use);
}

QString asSentence(const std::string& text)
{
    return text.empty() ? QString() : Words::sentence(text);
}

/// Not for the GUI thread.
ShownText lookAt(const AnalysisSettings& settings, TextUse use, const Model& model)
{
    const NamedText text =
        use == TextUse::Calibration ? calibrationFile(settings) : evaluationText(settings);
    const TextMatch match = matchText(model, text.text.text(), text.name.toStdString());
    return {{}, QString::fromStdString(match.kind), text.note, asSentence(match.warning)};
}

} // namespace

ModelTexts::ModelTexts(Session& session, Analysis& analysis, QObject* parent)
    : QObject(parent)
    , m_session(session)
    , m_analysis(analysis)
{
    connect(&session, &Session::opened, this, &ModelTexts::modelOpened);
    connect(&analysis, &Analysis::settingsChanged, this, &ModelTexts::settingsChanged);
    connect(&session.jobs(), &Jobs::failedInBackground, this, &ModelTexts::fail);
}

QString ModelTexts::line() const
{
    if (!m_session.isOpen())
        return {};
    return tr("Calibration: %1; evaluation: %2")
        .arg(text(TextUse::Calibration).name, text(TextUse::Evaluation).name);
}

QString ModelTexts::details() const
{
    if (!m_session.isOpen())
        return {};
    QStringList lines;
    for (const TextUse use : kUses) {
        const ShownText& shown = text(use);
        QString about = use == TextUse::Calibration ? tr("Calibration text: %1").arg(shown.name)
                                                    : tr("Evaluation text: %1").arg(shown.name);
        if (!shown.kind.isEmpty())
            about = tr("%1, %2").arg(about, shown.kind);
        for (const QString& more : {shown.note, shown.warning})
            about += more.isEmpty() ? QString() : ". " + more;
        lines.append(about);
    }
    return lines.join('\n');
}

QStringList ModelTexts::warnings() const
{
    QStringList warnings;
    for (const ShownText& text : m_texts)
        if (!text.warning.isEmpty())
            warnings.append(text.warning);
    return warnings;
}

void ModelTexts::choose(TextUse use, const QString& path)
{
    auto work = [path](JobProgress&) { return readNamedText(path); };
    JobInfo info{"choose " + tagOf(use), tr("Reading %1").arg(Words::fileTitle(path))};
    info.allOrNothing = true;
    m_session.jobs().start(info, this, std::move(work), [this, use, path](const NamedText& text) {
        take(use, path);
        Q_EMIT m_session.message(Loudness::Info,
                                 tr("%1 is used from now on.").arg(text.name) +
                                     (text.note.isEmpty() ? QString() : ' ' + text.note));
    });
}

void ModelTexts::take(TextUse use, const QString& path)
{
    AnalysisSettings settings = m_analysis.settings();
    pathOf(settings, use) = path;
    if (m_session.isOpen())
        QSettings().setValue(settingOf(m_identity, use), path);
    else
        m_chosenBefore.at(static_cast<size_t>(use)) = true;
    m_analysis.setSettings(settings);
}

void ModelTexts::useBundled()
{
    if (m_session.isOpen())
        QSettings().remove("texts/" + m_identity);
    m_chosenBefore = {};
    AnalysisSettings settings = m_analysis.settings();
    for (const TextUse use : kUses)
        pathOf(settings, use).clear();
    m_analysis.setSettings(settings);
}

/// What was chosen before any model was open goes to the first one, whatever that had before.
void ModelTexts::modelOpened()
{
    const QString identity = QString::fromStdString(m_session.model().identity);
    const bool another = !m_identity.isEmpty() && identity != m_identity;
    AnalysisSettings settings = m_analysis.settings();
    QSettings stored;
    for (const TextUse use : kUses) {
        if (std::exchange(m_chosenBefore.at(static_cast<size_t>(use)), false))
            stored.setValue(settingOf(identity, use), pathOf(settings, use));
        const QString remembered = stored.value(settingOf(identity, use)).toString();
        if (another || !remembered.isEmpty())
            pathOf(settings, use) = remembered;
    }
    m_identity = identity;
    m_analysis.setSettings(settings);
    for (const TextUse use : kUses)
        look(use);
}

void ModelTexts::settingsChanged()
{
    AnalysisSettings settings = m_analysis.settings();
    for (const TextUse use : kUses)
        if (m_session.isOpen() && pathOf(settings, use) != m_paths.at(static_cast<size_t>(use)))
            look(use);
}

void ModelTexts::look(TextUse use)
{
    AnalysisSettings settings = m_analysis.settings();
    const QString path = pathOf(settings, use);
    m_paths.at(static_cast<size_t>(use)) = path;
    const QString bundled = use == TextUse::Calibration ? tr("calibration.txt (bundled)")
                                                        : tr("evaluation.txt (bundled)");
    ShownText unread;
    unread.name = path.isEmpty() ? bundled : Words::fileTitle(path);
    show(use, unread);
    if (!m_session.model().runnable())
        return;
    JobInfo info{tagOf(use), {}, JobQueue::Quick};
    info.inBackground = true;
    auto work = [settings, use, model = m_session.sharedModel()](JobProgress&) {
        return lookAt(settings, use, *model);
    };
    m_session.jobs().start(info, this, std::move(work),
                           [this, use, name = unread.name](ShownText text) {
                               text.name = name;
                               show(use, text);
                           });
}

void ModelTexts::fail(const QString& tag, const QString& sentence)
{
    for (const TextUse use : kUses)
        if (tag == tagOf(use)) {
            ShownText unreadable;
            unreadable.name = text(use).name;
            unreadable.warning = sentence;
            show(use, unreadable);
        }
}

void ModelTexts::show(TextUse use, const ShownText& text)
{
    m_texts.at(static_cast<size_t>(use)) = text;
    Q_EMIT changed();
}

} // namespace bitloom
