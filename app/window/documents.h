// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

#include <QWidget>

#include <functional>

namespace bitloom {

/// What the user does with files: opens models and recipes, saves, exports; with the dialogs and
/// questions that belong to it. Nothing here blocks.
class Documents : public QObject {
    Q_OBJECT

public:
    /// A child of `window`, over which the dialogs open.
    Documents(ApplicationContext& context, QWidget* window);

    /// Asks about an unsaved recipe first.
    void openModel(const QString& path);
    void askForModelFile();
    void askForModelFolder();
    /// A dropped file: a recipe for the open model, else a model.
    void openDropped(const QString& path);
    void askForRecipe();
    void saveRecipe();
    void saveRecipeAs();
    void exportModel();
    void saveReport();
    void clearRecent();
    /// Runs `then` at once, or after the user saved or discarded the recipe.
    void afterSaving(const std::function<void()>& then);

Q_SIGNALS:
    /// The list of models opened last.
    void recentChanged();

private:
    QString offeredName(const char* ending) const;
    /// Does nothing with an answer that comes when another model is open than was asked about.
    std::function<void(const QString&)> ofThisModel(const std::function<void(const QString&)>& use);

    ApplicationContext& m_context;
    QWidget* m_window;
    std::function<void()> m_afterSaving; ///< what waits for the recipe to be saved
};

} // namespace bitloom
