// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/actions.h"

#include "app/dialogs/recent_files.h"
#include "app/window/documents.h"
#include "app/window/window_frame.h"
#include "app/words/widget_headers.h"

#include <QMenu>

namespace bitloom {

namespace {

constexpr int kMostMenuCharacters = 70; ///< of a path

} // namespace

void Actions::buildFile()
{
    Documents& files = m_window.documents();
    QMenu* file = menu("fileMenu", tr("&File"));
    open = add(file, "openFile", tr("&Open model…"), QKeySequence::Open, Needs::Nothing,
               [&files] { files.askForModelFile(); });
    open->setIcon(glyph("file"));
    open->setIconText(tr("Open"));
    add(file, "openFolder", tr("Open model &folder…"), {"Ctrl+Shift+O"}, Needs::Nothing, [&files] {
        files.askForModelFolder();
    })->setIcon(glyph("folder"));
    add(file, "openSample", tr("Open the sa&mple"), {}, Needs::Nothing, [&files] {
        files.openModel("sample");
    })->setIcon(glyph("sample"));
    QMenu* recent = file->addMenu(tr("&Recent models"));
    recent->setObjectName("recentMenu");
    recent->setToolTipsVisible(true);
    connect(recent, &QMenu::aboutToShow, this, [this, recent] { fillRecent(recent); });
    file->addSeparator();
    add(file, "openRecipe", tr("Open re&cipe…"), {}, Needs::Model,
        [&files] { files.askForRecipe(); });
    save = add(file, "saveRecipe", tr("&Save recipe"), QKeySequence::Save, Needs::Model,
               [&files] { files.saveRecipe(); });
    save->setIcon(glyph("save"));
    add(file, "saveRecipeAs", tr("Save recipe &as…"), {"Ctrl+Shift+S"}, Needs::Model,
        [&files] { files.saveRecipeAs(); });
    file->addSeparator();
    exportModel = add(file, "exportModel", tr("&Export…"), {"Ctrl+Shift+E"}, Needs::Model,
                      [&files] { files.exportModel(); });
    exportModel->setIcon(glyph("export"));
    add(file, "saveReport", tr("Save re&port…"), {}, Needs::Model,
        [&files] { files.saveReport(); });
    file->addSeparator();
    add(file, "quit", tr("&Quit"), QKeySequence::Quit, Needs::Nothing,
        [this] { m_window.close(); });
}

void Actions::fillRecent(QMenu* into)
{
    into->clear();
    const QList<RecentModel> recent = recentFiles();
    const QFontMetrics metrics(into->font());
    for (const RecentModel& model : recent) {
        const int most = metrics.averageCharWidth() * kMostMenuCharacters;
        const QString text =
            model.name == model.path ? model.path : tr("%1  —  %2").arg(model.name, model.path);
        QAction* action = into->addAction(
            metrics.elidedText(text, Qt::ElideMiddle, most).replace('&', "&&"), &m_window,
            [this, path = model.path] { m_window.documents().openModel(path); });
        action->setToolTip(model.path);
    }
    into->addSeparator();
    QAction* clear =
        into->addAction(tr("Clear the list"), this, [this] { m_window.documents().clearRecent(); });
    clear->setEnabled(!recent.isEmpty());
}

} // namespace bitloom
