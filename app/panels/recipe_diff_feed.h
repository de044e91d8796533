// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"
#include "core/workbench/evaluation/compare_recipes.h"

#include <QMap>

namespace bitloom {

class DockSight;
class LazyRefresh;
class RecipeDiffPanel;

/// Feeds the comparison of two recipes: the current one, the original, states visited before, and
/// files. Follows every edit while in sight; taking choices over is one edit.
class RecipeDiffFeed : public QObject {
    Q_OBJECT

public:
    RecipeDiffFeed(ApplicationContext& context, RecipeDiffPanel* panel, QWidget* window);

private:
    void clear();
    void offer();
    void refresh();
    void show(const RecipeComparison& comparison);
    QString summaryOf(const RecipeComparison& comparison) const;
    void readFile(int side, const QString& path);
    void take(int side, const QList<int>& slotIndices);
    void showSelection();
    std::optional<Recipe> recipeOf(const QString& id) const;

    ApplicationContext& m_context;
    RecipeDiffPanel* m_panel;
    QWidget* m_window;
    DockSight* m_sight;
    LazyRefresh* m_lazy;
    QMap<QString, Recipe> m_files; ///< by path
};

} // namespace bitloom
