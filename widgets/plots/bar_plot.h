// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QItemSelectionModel>
#include <QList>
#include <QPointer>
#include <QTimer>
#include <QWidget>

class QComboBox;
class QToolButton;

namespace bitloom {

class BarCanvas;
class WrappedLabel;

/// A way of measuring what the bars show.
struct BarMetric {
    QString id;
    QString title;
    QString help; ///< said on hover
};

/// Bars of one number of the layer model (sensitivity by default), one bar per slot or per role,
/// linked both ways with the shared selection: a click selects, Ctrl+click adds, Shift+click
/// extends, a drag selects all it touches (Alt+drag pans).
class BarPlot : public QWidget {
    Q_OBJECT

public:
    /// `stem` names the objects inside ("sensitivity"), `title` is shown.
    BarPlot(const QString& stem, const QString& title, QWidget* parent = nullptr);

    void setModel(QAbstractItemModel* model);
    /// The selection over the same model that all panels share.
    void setSelectionModel(QItemSelectionModel* selection);
    /// Which LayerRole is drawn and what the axis calls it, with its unit.
    /// Default: SensitivityRole, "damage at 4 bits".
    void setQuantity(int role, const QString& axisLabel);
    /// How and over which text the numbers were measured.
    void setSubtitle(const QString& text);
    /// The sentence shown while no row has a value.
    void setEmptyText(const QString& text);
    /// Offers a choice of metrics above the bars; none: no choice.
    void setMetrics(const QList<BarMetric>& metrics, const QString& chosen);

    BarCanvas* canvas() const { return m_canvas; }

signals:
    /// By the user, who may also choose the one that is chosen already.
    void metricChosen(const QString& id);
    /// See PlotBase.
    void exportRequested(const QString& suggestedName, const QByteArray& content);

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* buildTools(const QString& title);
    QWidget* buildMetrics(QWidget* parent);
    QToolButton* toolButton(const QString& name, const QString& text, const QString& label);
    void reload();
    void collectBySlot(const QModelIndexList& rows);
    void collectByRole(const QModelIndexList& rows);
    void showSelection();
    void choose(const QList<int>& bars, bool add, bool toggle);

    QPointer<QAbstractItemModel> m_model;
    QPointer<QItemSelectionModel> m_selection;
    QString m_stem;
    BarCanvas* m_canvas = nullptr;
    WrappedLabel* m_subtitle = nullptr;
    QComboBox* m_metrics = nullptr;
    QToolButton* m_byRole = nullptr;
    QTimer m_reload; ///< many dataChanged become one redraw; waits while hidden
    bool m_stale = false;
    QList<QList<QPersistentModelIndex>> m_rowsOfBar;
    int m_role;
    QString m_axisLabel;
};

} // namespace bitloom
