// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/actions.h"

#include "app/dialogs/save_content.h"
#include "app/window/window_frame.h"
#include "app/words/widget_headers.h"

#include <QMenu>

namespace bitloom {

void Actions::buildAnalyse()
{
    WindowFrame& w = m_window;
    ApplicationContext& context = w.context();
    QMenu* menu_ = menu("analyseMenu", tr("&Analyse"));
    analyse = add(menu_, "analyse", tr("&Analyse"), {"F5"}, Needs::Model,
                  [&context] { context.analysis.analyse(); });
    analyse->setIcon(glyph("analyse"));
    QAction* fit = add(menu_, "fit", tr("Fi&t to the budget"), {"F4"}, Needs::RunnableModel,
                       [&w] { w.budget().requestFit(); });
    fit->setIcon(glyph("fit"));
    fit->setToolTip(tr("The recipe with the least predicted damage within the budget of the "
                       "toolbar (F4, or Return in the budget)"));
    m_evaluate = add(menu_, "evaluate", tr("E&valuate quantized against original"), {"F6"},
                     Needs::RunnableModel, [&context] { context.analysis.evaluate(); });
    m_evaluate->setIcon(glyph("evaluate"));
    add(menu_, "fitMeasured", tr("&Fit by measuring recipes…"), {"F7"}, Needs::RunnableModel,
        [this] { fitMeasured(); })
        ->setToolTip(tr("Fits the budget, then measures recipes near the predicted best on a text "
                        "of your own for at most five minutes; Stop keeps the best so far (F7)"));
    add(menu_, "quantizedInputs", tr("Inputs behind &quantized layers"), {}, Needs::RunnableModel,
        [&context] { context.analysis.measureQuantizedInputs(); })
        ->setToolTip(tr("Methods like GPTQ then see what comes through the layers before as the "
                        "recipe stores them, as in its paper"));
    addBackground(menu_);
    add(menu_, "stop", tr("&Stop"), {"Esc"}, Needs::Job, [&context] {
        context.session.jobs().cancelAll();
    })->setIcon(glyph("stop"));
    add(menu_, "jobs", tr("J&obs…"), {"Ctrl+J"}, Needs::Nothing, [&w] {
        w.showJobs();
    })->setToolTip(tr("What runs and what waits, each with a way to stop it (Ctrl+J)"));
    menu_->addSeparator();
    buildTexts(menu_);
    menu_->addSeparator();
    buildTargets(menu_);
}

void Actions::addBackground(QMenu* into)
{
    BackgroundMeasuring& background = m_window.context().background;
    QAction* action = add(into, "measureInBackground", tr("&Measure in the background"), {},
                          Needs::Nothing, [] {});
    action->setCheckable(true);
    action->setToolTip(tr("While nothing else runs, finds what the number keys would cost, then "
                          "tries layers alone and the recipe on the evaluation text, the most "
                          "uncertain first; predictions learn from it"));
    connect(action, &QAction::toggled, &background, &BackgroundMeasuring::setOn);
    const auto show = [action, &background] {
        const QSignalBlocker quiet(action);
        action->setChecked(background.isOn());
    };
    connect(&background, &BackgroundMeasuring::stateChanged, action, show);
    connect(&background, &BackgroundMeasuring::activityChanged, this, &Actions::showStates);
    show();
}

void Actions::fitMeasured()
{
    askForText(tr("Text to measure recipes on, not used for anything else"),
               [this](const QString& path) {
                   m_window.context().analysis.fit(m_window.askedFit(), path);
               });
}

void Actions::buildTexts(QMenu* into)
{
    m_chooseCalibration = add(into, "chooseCalibration", tr("Choose &calibration text…"), {},
                              Needs::Nothing, [this] { chooseText(TextUse::Calibration); });
    m_chooseEvaluation = add(into, "chooseEvaluation", tr("Choose &evaluation text…"), {},
                             Needs::Nothing, [this] { chooseText(TextUse::Evaluation); });
    add(into, "bundledTexts", tr("Use the &bundled texts"), {}, Needs::Nothing,
        [this] { m_window.context().texts.useBundled(); });
    connect(&m_window.context().texts, &ModelTexts::changed, this, &Actions::showTexts);
    showTexts();
}

/// An answer that comes when another model is open than was asked about does nothing.
void Actions::askForText(const QString& title, const std::function<void(const QString&)>& use)
{
    Session& session = m_window.context().session;
    const auto ofThisModel = [&session, of = session.sharedModel(), use](const QString& path) {
        if (of == session.sharedModel())
            use(path);
        else
            Q_EMIT session.message(Loudness::Warning,
                                   tr("Nothing was done: another model was opened meanwhile."));
    };
    askForFile(&m_window, title, QFileDialog::AcceptOpen, {},
               tr("Texts (*.txt *.md);;All files (*)"), ofThisModel, FilePurpose::Text);
}

void Actions::chooseText(TextUse use)
{
    askForText(use == TextUse::Calibration ? tr("Calibration text") : tr("Evaluation text"),
               [this, use](const QString& path) { m_window.context().texts.choose(use, path); });
}

/// What a run will read is said where it is started.
void Actions::showTexts()
{
    const ModelTexts& texts = m_window.context().texts;
    const bool open_ = m_window.context().session.isOpen();
    const auto about = [&](TextUse use) {
        const ShownText& text = texts.text(use);
        QStringList parts{text.kind.isEmpty() ? text.name : tr("%1, %2").arg(text.name, text.kind)};
        if (!text.warning.isEmpty())
            parts.append(text.warning);
        return parts.join('\n');
    };
    const QString calibration = open_ ? tr("On %1").arg(about(TextUse::Calibration)) : QString();
    const QString evaluation = open_ ? tr("On %1").arg(about(TextUse::Evaluation)) : QString();
    const auto below = [](const QString& first, const QString& second) {
        return second.isEmpty() ? first : first + '\n' + second;
    };
    analyse->setToolTip(
        below(tr("Statistics of all layers, then what each can bear (F5)"), calibration));
    m_evaluate->setToolTip(below(tr("Quantized against original (F6)"), evaluation));
    m_chooseCalibration->setToolTip(calibration);
    m_chooseEvaluation->setToolTip(evaluation);
}

void Actions::buildTargets(QMenu* into)
{
    QMenu* menu_ = into->addMenu(tr("Expo&rt target"));
    menu_->setObjectName("targetMenu");
    Session& session = m_window.context().session;
    for (const Target& target : targets()) {
        const QString id = QString::fromStdString(target.id);
        QAction* action = add(menu_, "target-" + id, QString::fromStdString(target.title), {},
                              Needs::Model, [&session, id] { session.setTarget(id); });
        action->setCheckable(true);
        m_targets.addAction(action);
        const auto show = [action, id, &session] {
            action->setChecked(QString::fromStdString(session.recipe().target) == id);
        };
        connect(&session, &Session::targetChanged, action, show);
        connect(&session, &Session::targetRefused, action, show);
        connect(&session, &Session::opened, action, show);
        show();
    }
}

} // namespace bitloom
