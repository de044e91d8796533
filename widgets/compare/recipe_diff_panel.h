// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/text_table.h"

#include <QSet>
#include <QWidget>

#include <optional>

class QComboBox;
class QLabel;
class QPushButton;

namespace bitloom {

class CompareTable;

/// A number and how people read it; the number sorts. None: not known, and last.
struct SortedFigure {
    std::optional<double> value;
    QString text;
};

/// A layer of which two recipes make something else.
struct RecipeDiffRow {
    int id = 0; ///< handed back by the panel's signals
    QString layer;
    QString a;
    QString b;
    SortedFigure bytes;  ///< b minus a
    SortedFigure damage; ///< b minus a
};

/// A recipe that can be compared.
struct RecipeEntry {
    QString id;
    QString title;
};

/// Two recipes side by side: which ones, a sortable table of what differs, and buttons that take
/// the choices of either for the rows that are chosen.
class RecipeDiffPanel : public QWidget {
    Q_OBJECT

public:
    enum Side { A, B };
    Q_ENUM(Side)

    explicit RecipeDiffPanel(QWidget* parent = nullptr);

    /// Keeps what is chosen where it is still there; else the first and the last are.
    void setRecipes(const QList<RecipeEntry>& recipes);
    void choose(Side side, const QString& id);
    QString chosen(Side side) const; ///< empty: none
    /// `damage` heads the last column: "KL, nats per token".
    void setRows(const QList<RecipeDiffRow>& rows, const QString& damage);
    /// What the two recipes come to.
    void setSummary(const QString& text);
    void setEmptyText(const QString& text);
    void setSelected(const QSet<int>& ids);
    /// Whether the choices of a side can be taken at all.
    void setTakeable(Side side, bool takeable);
    TextTable table() const;

signals:
    /// Another recipe was chosen by the user.
    void asked();
    void fileRequested(bitloom::RecipeDiffPanel::Side side);
    /// The choices of a side for these rows.
    void takeRequested(bitloom::RecipeDiffPanel::Side side, const QList<int>& ids);
    void rowsChosen(const QList<int>& ids);
    /// See PlotBase.
    void exportRequested(const QString& suggestedName, const QByteArray& content);

private:
    QComboBox* makeCombo(Side side);
    QPushButton* makeButton(Side side);
    void activated(Side side, int row);
    void showButtons();
    QList<int> chosenRows() const;

    QComboBox* m_recipes[2] = {};
    QString m_before[2]; ///< chosen before a file was asked for
    QPushButton* m_take[2] = {};
    bool m_takeable[2] = {};
    QLabel* m_summary = nullptr;
    CompareTable* m_table = nullptr;
};

} // namespace bitloom
